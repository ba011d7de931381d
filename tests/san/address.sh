#!/bin/bash
# SPDX-License-Identifier: MIT
# AddressSanitizer and UndefinedBehaviorSanitizer: the unit tests, the tools on good and bad
# recordings, and the library in a Python.

. "$(dirname "$0")/../lib.sh"
need gcc make

runtime=$(gcc -print-file-name=libasan.so)
[ -e "$runtime" ] || skip_all "no libasan"
runtime=$(readlink -f "$runtime")
build=$B/san-address
export ASAN_OPTIONS=detect_leaks=0:abort_on_error=1 UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
check everything_builds_with_address_sanitizer make -s -C "$TOP" B="$build" CC=gcc \
	SAN=address,undefined CFLAGS='-O1 -g' all test-programs || exit 0

# clean NAME STATUS... -- COMMAND...: it ends with one of these statuses and without a
# report
clean() {
	local name=$1 status allowed=' '
	shift
	while [ "$1" != -- ]; do allowed+="$1 " && shift; done
	shift
	timeout 300 "$@" >"$TMP/out" 2>&1 </dev/null
	status=$?
	if [[ $allowed == *" $status "* ]] && ! grep -qE 'Sanitizer|runtime error' "$TMP/out"; then
		ok "$name"
	else
		not_ok "$name" "exit status $status: $(grep -aE -A12 'Sanitizer|runtime error' "$TMP/out" | cut -c 1-200 | head -n 30)"
	fi
}

cd "$TOP" || exit 1
find "$build/tests/unit" -type f -executable | sort >"$TMP/programs"
while read -r program; do
	clean "address_sanitizer_$(basename "$program")_is_clean" 0 -- "$program"
done <"$TMP/programs"
cd "$TMP" || exit 1
for recording in "$TOP"/tests/golden/*.recording "$TOP"/tests/fuzz/corpus/reader/*; do
	[ -f "$recording" ] || continue
	for command in summary modules processes events 'why os'; do
		for form in '' --json; do
			# shellcheck disable=SC2086 # words
			clean "address_sanitizer_pycstat_${command// /_}${form}_$(basename "$recording")_is_clean" 0 1 -- \
				"$build/pycstat" $command $form "$recording"
		done
	done
done >"$TMP/pycstat"
grep -A30 '^not ok' "$TMP/pycstat" | head -n 60
is "$(grep -c '^not ok' "$TMP/pycstat")" 0 "address_sanitizer_pycstat_is_clean_$(wc -l <"$TMP/pycstat")_times"
cp "$build/pycshim" "$TMP/bin/pycshim" # beside a library that is built without sanitizers
clean address_sanitizer_launcher_is_clean 3 -- "$TMP/bin/pycshim" -o "$TMP/rec" -s -- sh -c 'exit 3'

# Preload the sanitizer's run-time library first, then libpycshim.so.
inside() { clean "$1" "$2" -- env -i LD_PRELOAD="$runtime:$build/libpycshim.so" ASAN_OPTIONS="$ASAN_OPTIONS" \
	UBSAN_OPTIONS="$UBSAN_OPTIONS" PYCSHIM_RECORD="$TMP/rec" PYCSHIM_RECORD_MAX=64K "${@:3}"; }
mkdir tree
printf 'import json\nvalue = 1\n' >tree/one.py
for python in $(pythons); do
	py_info "$python"
	[ "$py_kind" = cpython ] || continue # PyPy's stack handling confuses the run-time library
	# without a store, then with an empty and a full one
	for store in off "$TMP/store" "$TMP/store"; do
		rm -rf tree/__pycache__
		[ "$store" = off ] && name=$py_name || name=${py_name}_with_a_store
		inside "address_sanitizer_library_in_${name}_is_clean" 5 PYCSHIM_STORE="$store" "$python" "${py_flags[@]}" -c '
import os, subprocess, sys, threading
sys.path.insert(0, "tree")
import one
pid = os.fork()
if pid == 0:
    import this_is_missing_so_the_child_fails
os.waitpid(pid, 0)
threads = [threading.Thread(target=lambda: __import__("pickle")) for _ in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
subprocess.call(["true"])
os.closerange(3, 1100)
import calendar
for turn in range(300):
    del sys.modules["one"]
    import one
os._exit(5)' 2>/dev/null
	done
done
inside address_sanitizer_library_mistaken_is_clean 0 PYCSHIM_MODE=x PYCSHIM_RECORD_MAX=y true
