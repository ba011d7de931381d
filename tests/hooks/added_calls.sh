#!/bin/bash
# SPDX-License-Identifier: MIT
# An import makes few system calls more with the library than without it: a warm one, and
# one that compiles its module and keeps the pyc.

. "$(dirname "$0")/../lib.sh"
need strace

for python in $(pythons); do
	py_info "$python"
	[ "$py_kind$py_major" = cpython3 ] && break
done
[ "$py_kind$py_major" = cpython3 ] || skip_all 'no CPython 3'

cd "$TMP" && mkdir modules || exit 1
for i in $(seq 100); do echo "x = $i" >"modules/m$i.py"; done

# calls COUNT: how many system calls an import of COUNT modules makes
calls() {
	clean_env strace -o trace "${variables[@]}" "$python" -S -c "import sys
sys.path.insert(0, 'modules')
for i in range(1, $1 + 1):
    __import__('m%d' % i)" >/dev/null && wc -l <trace
}

# an_import [NAME=VALUE...]: the system calls of one warm import, times 100
an_import() {
	local variables=("${@/#/-E}")
	calls 100 >/dev/null
	echo $(($(calls 100) - $(calls 0)))
}

# a_compile [NAME=VALUE...]: those of one import that compiles and keeps, times 100.  The
# first module makes the directory and opens the recording: it is compiled in both.
a_compile() {
	local variables=("${@/#/-E}") count made=()
	for count in 1 101; do
		rm -rf modules/__pycache__ "$TMP/root"
		mkdir "$TMP/root"
		echo 'x = 0' >modules/m101.py
		made+=("$(calls $count)")
	done
	echo $((made[1] - made[0]))
}

# few WHAT COUNT TRACE REDIRECT: hold that COUNT, which prints the calls of a hundred of
# these, prints at most so many more in each mode, and not none
few() {
	local without mode added most
	without=$($2)
	for mode in trace redirect; do
		added=$(($($2 LD_PRELOAD="$LIB" PYCSHIM_MODE=$mode PYCSHIM_ROOT="$TMP/root" \
			PYCSHIM_RECORD="$TMP/$mode.record") - without))
		most=$3
		[ $mode = trace ] || most=$4
		note "$mode: $added system calls in 100 $1s"
		check "$1_adds_few_system_calls_in_$mode" test $added -gt 100 -a $added -le "$most"
	done
}

few lookup an_import 250 600
few compile a_compile 800 3300
