#!/bin/bash
# SPDX-License-Identifier: MIT
# Conditions under which a program would notice the library: valgrind, a small data limit.

. "$(dirname "$0")/../lib.sh"

# A small limit on a process's data segment: the library's static variables count.
check small_data_limit_is_enough clean_env LD_PRELOAD="$LIB" prlimit --data=1000000 /bin/echo
check small_data_limit_is_enough_for_all clean_env LD_PRELOAD="$LIB" PYCSHIM_PROCESSES=all \
	PYCSHIM_RECORD="$TMP/record" prlimit --data=2000000 /bin/ls "$TMP"

# In a program that is no Python, the only additional system calls are those by which the
# dynamic linker loads the library.
strace_of() { clean_env strace -o "$TMP/strace" -E LD_PRELOAD="$LIB" "$@" /bin/ls -l "$TMP" >"$TMP/out"; }
if command -v strace >/dev/null; then
	for mode in trace off redirect; do
		strace_of -E PYCSHIM_MODE=$mode
		is "$(grep -cE 'rt_sigaction\(0|rt_sigaction\(0x0|^gettid|^getpid|^geteuid|pycshim-[0-9]' "$TMP/strace")" 0 \
			"program_that_is_no_python_makes_no_call_of_ours_in_$mode"
	done
else
	skip 'no strace' program_that_is_no_python_makes_no_call_of_ours
fi

# silent NAME COMMAND...: valgrind finds no more than without the library.
silent() {
	local name=$1
	shift
	is "$(clean_env LD_PRELOAD="$LIB" PYCSHIM_RECORD="$TMP/$name.record" "${settings[@]}" timeout 300 \
		valgrind --error-exitcode=9 -q "$@" 2>&1 >/dev/null; echo "status $?")" 'status 0' "valgrind_is_silent_about_$name"
}

if ! command -v valgrind >/dev/null; then
	skip 'no valgrind' valgrind_is_silent
	exit 0
fi
settings=()
silent ls ls -l /usr/lib/python3
settings=(PYCSHIM_PROCESSES=all)
silent ls_of_all ls -l /usr/lib/python3
settings=(PYCSHIM_PROCESSES=all PYCSHIM_MODE=redirect PYCSHIM_ROOT="$TMP/root")
mkdir -p "$TMP/tree/__pycache__" && : >"$TMP/tree/__pycache__/m.cpython-399.pyc"
silent cp_in_redirect cp -r "$TMP/tree" "$TMP/copy"
