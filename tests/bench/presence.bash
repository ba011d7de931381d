# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154,SC2054,SC2206 # the rest is in tests/bench/run; commas part commands
#
# What it costs a program that the library is there, in every mode, also where it has nothing to
# do: against no library, and against an empty one.  Sourced by tests/bench/run.

# present NAME ROUNDS BATCH COMMAND...: the ratios of a start with the library in each mode
present() {
	local name=$1 rounds=$2 batch=$3 mode line=2 modes=(off trace redirect deny) runs=()
	shift 3
	runs=("${empty[@]}" "$@" , "$@")
	for mode in "${modes[@]}"; do
		runs+=(, "${on_tmpfs[@]}" PYCSHIM_MODE=$mode PYCSHIM_ROOT="$tmpfs/shadow" "$@")
	done
	compare "$rounds" "$batch" "${runs[@]}"
	printf '  %s: %s ms of CPU with an empty library\n' "$name" "$(calculate "$(field 0 1)")"
	ratio '  no library / empty' 1
	for mode in "${modes[@]}"; do
		ratio "  $mode / empty" $line
		line=$((line + 1))
	done
}

# section NAME: its bytes in the library
section() { size -A "$LIB" | awk -v name="$1" '$1 == name { print $2 }'; }

row_presence() {
	local python mode
	heading presence 'CPU of a start / with an empty library'
	present /bin/true "$rounds" 20 /bin/true
	python=$(python3_path)
	present 'python -S -c pass' "$rounds" 1 "$python" -I -S -c pass
	if command -v musl-gcc >/dev/null && echo 'int main(void) { return 0; }' | musl-gcc -O2 -o "$TMP/musl" -x c - 2>/dev/null; then
		present 'a program on musl' "$rounds" 20 "$TMP/musl"
	else
		absent 'a program on musl (no musl-gcc)'
	fi
	cp "$LIB" "$TMP/stripped.so" && strip "$TMP/stripped.so"
	figure 'library on disk, stripped' "$(calculate "$(stat -c %s "$TMP/stripped.so") / 1024" %.0f) KiB"
	figure '  code, .text' "$(calculate "$(section .text) / 1024" %.0f) KiB"
	figure '  of its own in each process: .bss' "$(calculate "$(section .bss) / 1024" %.0f) KiB"
	# what a program that is no Python has touched of it
	clean_env "${on_tmpfs[@]}" cat /proc/self/smaps | awk -v name=libpycshim.so '
		/^[0-9a-f]+-[0-9a-f]+ / { ours = index($0, name) }
		ours && /^Rss:/ { rss += $2 }
		ours && /^Anonymous:/ { dirty += $2 }
		END { print "resident", rss + 0; print "dirty", dirty + 0 }' >"$TMP/mapped"
	figure '  resident in a program that is no Python' "$(value resident "$TMP/mapped") KiB"
	figure '    of these copied, as they are written' "$(value dirty "$TMP/mapped") KiB"
}
