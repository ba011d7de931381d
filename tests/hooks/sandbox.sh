#!/bin/bash
# SPDX-License-Identifier: MIT
# Programs that install a seccomp filter: the library makes no system call in a program
# that is no Python, and in a Python only system calls that a Python makes itself.

. "$(dirname "$0")/../lib.sh"

cp "$B/tests/hooks/sandbox" "$TMP/bin/"
echo 'x = 1' >"$TMP/m.py"

# shut_in NAME VARIABLE... -- COMMAND...: the command ends as without the library.
shut_in() {
	local name=$1 variables=() wanted
	shift
	while [ "$1" != -- ]; do
		variables+=("$1")
		shift
	done
	shift
	wanted=$(clean_env "$@" 2>&1; echo "status $?")
	case $wanted in
	*"status 0") ;;
	*)
		skip "the sandbox does not work here: $wanted" "$name"
		return
		;;
	esac
	is "$(clean_env LD_PRELOAD="$LIB" PYCSHIM_RECORD="$TMP/$name.record" \
		PYCSHIM_ROOT="$TMP/root" "${variables[@]}" "$@" 2>&1; echo "status $?")" "$wanted" "$name"
}

for path in /etc/passwd "$TMP/m.py"; do
	for how in kill errno; do
		of=$(basename "$path")
		shut_in "program_opens_${of}_under_$how" -- "$TMP/bin/sandbox" $how "$path"
		shut_in "program_opens_${of}_under_${how}_off" PYCSHIM_MODE=off -- \
			"$TMP/bin/sandbox" $how "$path"
		shut_in "program_opens_${of}_under_${how}_deny" PYCSHIM_MODE=deny -- \
			"$TMP/bin/sandbox" $how "$path"
	done
done

if [ "$(uname -m)" != x86_64 ]; then
	skip "the numbers in sandbox.py are those of x86-64" python_in_a_sandbox
	exit 0
fi
for python in $(pythons); do
	py_info "$python"
	[ "$py_kind$py_major" = cpython3 ] || continue
	sandboxed=("$python" -I "$(dirname "$0")/sandbox.py")
	shut_in "${py_name}_under_kill" -- "${sandboxed[@]}" kill
	check "${py_name}_is_recorded_under_kill" \
		test "$("$PYCSTAT" events --json "$TMP/${py_name}_under_kill.record" | grep -c decimal)" -ge 1
	for name in rt_sigaction rt_sigprocmask gettid fstat clock_gettime; do
		shut_in "${py_name}_without_$name" -- "${sandboxed[@]}" errno $name
	done
	for mode in redirect deny; do
		shut_in "${py_name}_${mode}_under_errno" PYCSHIM_MODE=$mode -- "${sandboxed[@]}" errno
	done
	# a module without a pyc: the store is asked, and cannot be filled
	for mode in trace redirect deny; do
		rm -rf "$TMP/__pycache__" "$TMP/store"
		shut_in "${py_name}_${mode}_with_a_store_under_errno" PYCSHIM_MODE=$mode PYCSHIM_STORE="$TMP/store" -- \
			"${sandboxed[@]}" errno module="$TMP"
	done
done
