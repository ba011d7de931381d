#!/bin/bash
# SPDX-License-Identifier: MIT
# The probe on emulated 64-bit ARM: its output is the same with and without the library.

. "$(dirname "$0")/../lib.sh"
need aarch64-linux-gnu-gcc qemu-aarch64 make
root=/usr/aarch64-linux-gnu
[ -e "$root/include/stdio.h" ] || skip_all "no C library for 64-bit ARM"

make -s -C "$TOP" B="$TMP/arm" CC=aarch64-linux-gnu-gcc "$TMP/arm/libpycshim.so" \
	"$TMP/arm/tests/hooks/probe" >"$TMP/build" 2>&1 || {
	not_ok aarch64_probe_builds "$(tail -n 15 "$TMP/build")"
	exit
}
mkdir -m 777 "$TMP/work"

# probe [NAME=VALUE...]: the variables are set for the emulated program, not the emulator
probe() {
	local setting settings=()
	for setting; do settings+=(-E "$setting"); done
	rm -rf "$TMP/work/probe.tree"
	(cd / && unprivileged env -i PATH="$SYSTEM_PATH" timeout 300 qemu-aarch64 -L "$root" \
		"${settings[@]}" "$TMP/arm/tests/hooks/probe" main "$TMP/work" </dev/null 2>&1)
	echo "exit status $?"
}

probe >"$TMP/without"
like "$(tail -n 1 "$TMP/without") $(wc -l <"$TMP/without")" '^exit status 0 [0-9]{5}' aarch64_probe_runs
probe LD_PRELOAD="$TMP/arm/libpycshim.so" PYCSHIM_PROCESSES=all PYCSHIM_RECORD="$TMP/work/recording" >"$TMP/with"
check aarch64_probe_gives_the_same cmp "$TMP/without" "$TMP/with"
is "$(stat_json "$TMP/work/recording" summary '[d["damaged_bytes"], d["events"] > 1000]')" '[0, true]' \
	aarch64_recording_is_whole
