#!/bin/bash
# SPDX-License-Identifier: MIT
# The library's use of the caller's stack: none in a call that is passed on, at most 1 KiB
# in a call that is watched, in every mode, also in the first call of its kind.

. "$(dirname "$0")/../lib.sh"

cp "$B/tests/hooks/stack" "$TMP/bin/"
python_so=$TMP/bin/python.so
echo 'void Py_Initialize(void); void Py_Initialize(void) {}' >"$TMP/python.c"
"${CC:-gcc}" -shared -fPIC -o "$python_so" "$TMP/python.c" || skip_all 'no compiler'

# depths NAME [VARIABLE=VALUE...]: write `call bytes` for each call, in a new tree.
depths() {
	local work=$TMP/work
	rm -rf "$work" && mkdir "$work" && echo 'x = 1' >"$work/m.py"
	shift
	clean_env LD_BIND_NOW=1 "$@" "$TMP/bin/stack" "$work"
}

# most NAME: the largest difference to a run without the library, and its call.
most() {
	join "$TMP/without" "$TMP/$1" | awk '{ print $3 - $2, $1 }' | sort -rn | head -n 1
}

depths without | sort >"$TMP/without"
check calls_are_measured test "$(wc -l <"$TMP/without")" -ge 30

depths plain LD_PRELOAD="$LIB" PYCSHIM_RECORD=off | sort >"$TMP/passive"
note "passive: $(most passive)"
# Except for the look-up of the real function by the first call.
check calls_in_a_process_that_is_no_python_take_no_frame test "$(most passive | cut -d ' ' -f 1)" -le 512

for mode in trace redirect deny trace_with_a_store redirect_with_a_store deny_with_a_store; do
	store=
	[ "$mode" = "${mode%_store}" ] || store=$TMP/store
	depths "$mode" LD_PRELOAD="$LIB:$python_so" PYCSHIM_MODE="${mode%%_*}" PYCSHIM_ROOT="$TMP/root" \
		PYCSHIM_STORE="$store" PYCSHIM_RECORD="$TMP/record.$mode" | sort >"$TMP/$mode"
	note "$mode: $(most "$mode")"
	check "calls_take_at_most_1_kib_in_$mode" test "$(most "$mode" | cut -d ' ' -f 1)" -le 1024
	grep ^plain "$TMP/$mode" >"$TMP/plain.$mode"
	note "$mode, passed on: $(most "plain.$mode")"
	check "calls_passed_on_take_no_frame_in_$mode" test "$(most "plain.$mode" | cut -d ' ' -f 1)" -le 256
	check "events_are_recorded_in_$mode" test "$("$PYCSTAT" events --json "$TMP/record.$mode" | wc -l)" -ge 3
done
