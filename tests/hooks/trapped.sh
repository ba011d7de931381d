#!/bin/bash
# SPDX-License-Identifier: MIT
# A SIGSYS handler that interrupts the library on its private stack may return or jump
# out: later calls use no more of the program's stack, and no memory leaks.

. "$(dirname "$0")/../lib.sh"

cp "$B/tests/hooks/trapped" "$TMP/bin/"
cd "$TMP" || exit 1

for how in return siglongjmp longjmp; do
	got=$(clean_env LD_PRELOAD="$LIB" PYCSHIM_PROCESSES=all PYCSHIM_RECORD="$TMP/$how.record" \
		timeout 300 "$TMP/bin/trapped" $how; echo "status $?")
	if [ "$got" = "status 77" ]; then
		skip "no seccomp filter can be set here" "own_stack_is_given_back_after_$how"
		continue
	fi
	is "$got" "stack 0, pages 0, blocked 0, trapped 1"$'\n'"status 0" "own_stack_is_given_back_after_$how"
	is "$("$PYCSTAT" events --json "$TMP/$how.record" | grep -c handled)" 0 \
		"calls_of_a_handler_inside_a_call_pass_before_$how"
done
