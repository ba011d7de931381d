#!/bin/bash
# SPDX-License-Identifier: MIT
# File systems that have no locks, links, times or modes, such as some of NFS, and FAT: the
# program runs as without a store, nobody waits, and what is in the store is whole.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/store.bash"

python=$(python3_path)
py_info "$python"
need gcc
check refuse_builds gcc -D_GNU_SOURCE -o "$TMP/bin/refuse" "$(dirname "$0")/refuse.c" || exit
"$TMP/bin/refuse" EPERM flock -- true || skip_all "no seccomp filters here"
lock='import fcntl, sys
with open(sys.argv[1], "w") as file:
    try:
        fcntl.lockf(file, fcntl.LOCK_EX)
    except OSError as error:
        print(error.errno)'
is "$("$TMP/bin/refuse" ENOLCK lock -- "$python" "${py_flags[@]}" -c "$lock" "$TMP/x")" 37 locks_are_refused

# start MODE DIRECTORY ERRNO NAME...: the program, with the store, where these calls fail
start() {
	stored PYCSHIM_MODE="$1" PYCSHIM_ROOT="$SHADOW" PYCSHIM_WAIT=60000 "$TMP/bin/refuse" "${@:3}" -- \
		"$python" "${py_flags[@]}" -c "$(program "$2")" 2>&1
}
is_whole() {
	[ ! -e "$STORE" ] || "$PYCSTAT" store verify --sample 0 --python "$python" --json "$STORE" >"$TMP/verified"
}

# refused ERRNO NAME...: at once and cold, then in another tree
refused() {
	local mode name i pids wrong
	name=$(IFS=_ && echo "$*")
	for mode in redirect $more_modes; do
		rm -rf "$STORE" "$SHADOW" "$TMP/first" "$TMP/second" "$TMP/recording"
		make_tree "$TMP/first" && make_tree "$TMP/second"
		pids=() wrong=
		for i in 1 2 3; do
			start "$mode" "$TMP/first" "$@" >"$TMP/out.$i" &
			pids+=($!)
		done
		wait "${pids[@]}"
		# one line says that a shadow cannot be written
		for i in 1 2 3; do wrong+=$(grep -v '^pycshim: ' "$TMP/out.$i" | diff - <(told "$TMP/first" doc)); done
		wrong+=$(start "$mode" "$TMP/second" "$@" | grep -v '^pycshim: ' | diff - <(told "$TMP/second" doc))
		is "$wrong" '' "${name}_in_${mode}_lets_programs_run"
		[[ $name != *lock* ]] || is "$(stat_json "$TMP/recording" summary '[d["totals"]["waited"], d["totals"]["wait_seconds"]]')" '[0, 0.0]' \
			"${name}_in_${mode}_lets_nobody_wait"
		[[ $name != *lock* ]] || is "$(counted hits compiled | tr -d '[]' | awk -F', ' '{ print $1 + $2 }')" 16 "${name}_in_${mode}_counts_all"
		check "${name}_in_${mode}_leaves_a_store_that_is_whole" is_whole || note "$(cat "$TMP/verified")"
	done
}
more_modes=
more_modes=trace refused ENOLCK lock flock
refused EOPNOTSUPP lock flock linkat
refused EPERM symlinkat linkat fchmod fchown
refused EPERM utimensat
refused EIO renameat
refused ESTALE mkdirat
refused ENOSYS memfd_create openat2 fstatfs
