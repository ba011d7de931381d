# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# What is tested of the machines that a release is made for and that are not this one.  Sourced
# after lib.sh and dist.bash.

# machine_newer MACHINE LIBRARY: the symbols that are newer than the oldest glibc which the
# library must load with: 2.17, or the first one for that machine.
machine_newer() {
	local minor=17
	[ "$1" != riscv64 ] || minor=27
	readelf -W --dyn-syms "$2" | grep -oE '[^ ]+@GLIBC_[0-9.]+' |
		awk -F'GLIBC_' -v minor="$minor" '{ split($2, v, "."); if (v[1] > 2 || v[2] > minor) print }'
}

# machine_emulator MACHINE: sets the array `emulator`, a command that runs a program of that
# machine.  Its option -E NAME=VALUE sets a variable for the program, not for the emulator.
machine_emulator() {
	emulator=(env -i PATH="$SYSTEM_PATH" timeout 300 "qemu-$1" -L "/usr/$1-linux-gnu")
}

# machine_lacks MACHINE: what is missing to build for it and to run that, or nothing
machine_lacks() {
	local command
	for command in "$1-linux-gnu-gcc" "qemu-$1"; do
		PATH=$SYSTEM_PATH command -v "$command" >/dev/null || printf 'no %s, ' "$command"
	done
	[ -e "/usr/$1-linux-gnu/include/stdio.h" ] || printf 'no C library for %s' "$1"
}

# machine_exports LIBRARY: the names of its functions
machine_exports() { nm -D --defined-only "$1" | awk '{ sub(/@.*/, "", $NF); print $NF }' | sort; }

# machine_probe MACHINE [NAME=VALUE...]: what the probe of the hooks prints there
machine_probe() {
	local program=$TMP/probe_$1 setting settings=()
	shift
	for setting; do settings+=(-E "$setting"); done
	rm -rf "$TMP/world/probe.tree"
	(cd / && unprivileged "${emulator[@]}" "${settings[@]}" "$program" main "$TMP/world" </dev/null 2>&1)
	echo "exit status $?"
}

# machine_probes MACHINE LIBRARY: the probe prints the same with and without it
machine_probes() {
	local recording=$TMP/world/recording
	rm -rf "$TMP/world" && mkdir -m 777 "$TMP/world"
	"$1-linux-gnu-gcc" -w -O1 -I"$TOP/include" -I"$TOP/preload" -o "$TMP/probe_$1" \
		"$TOP/tests/hooks/probe.c" -ldl -pthread
	machine_probe "$1" >"$TMP/without"
	like "$(tail -n 1 "$TMP/without") $(wc -l <"$TMP/without")" '^exit status 0 [0-9]{5}' "$1_probe_runs"
	machine_probe "$1" LD_PRELOAD="$2" PYCSHIM_PROCESSES=all PYCSHIM_RECORD="$recording" >"$TMP/with"
	check "$1_probe_gives_the_same" cmp "$TMP/without" "$TMP/with"
	is "$(stat_json "$recording" summary '[d["damaged_bytes"], d["events"] > 1000]')" '[0, true]' "$1_recording_is_whole"
}
