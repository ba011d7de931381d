#!/bin/bash
# SPDX-License-Identifier: MIT
# A program loads a Python while its threads work: the library becomes active once, no
# thread notices, and later calls are recorded.

. "$(dirname "$0")/../lib.sh"
need gcc

cp "$B/tests/hooks/late" "$TMP/bin/"
echo 'void Py_Initialize(void) {}' >"$TMP/python.c"
check library_like_a_python_builds gcc -shared -fPIC -o "$TMP/python.so" "$TMP/python.c" || exit 0
mkdir "$TMP/work" && cd "$TMP/work" || exit 1
: >source.py

# nearly_all COUNT: prints 40 for 25 to 40.  While one thread makes the library active,
# the others wait a millisecond at most, so that on a busy machine a few calls pass
# through.
nearly_all_or_none() { if [ "$1" = 0 ]; then echo 0; else nearly_all "$1"; fi; }
nearly_all() { if [ "$1" -ge 25 ] && [ "$1" -le 40 ]; then echo 40; else echo "$1"; fi; }

# late MODE: run `late` 40 times, so that the threads meet at different points; print each
# outcome with its count.
late() {
	local turn status
	for ((turn = 0; turn < 40; turn++)); do
		rm -rf "$TMP/rec" __pycache__
		clean_env LD_PRELOAD="$LIB" PYCSHIM_RECORD="$TMP/rec" PYCSHIM_MODE="$1" \
			timeout 300 "$TMP/bin/late" "$TMP/python.so" 0 >"$TMP/environment" 2>"$TMP/errors"
		status=$?
		printf 'status %d, FAILED=%s, created %d, %s, told %d times%s\n' "$status" \
			"$(nearly_all_or_none "$(sed -n 's/^FAILED=//p' "$TMP/environment")")" \
			"$(nearly_all "$("$PYCSTAT" events --json "$TMP/rec" | grep '"create"' | grep -c /after)")" \
			"$(stat_json "$TMP/rec" summary '"processes %d, lost %d, damaged %d" % (d["processes"], d["lost_events"], d["damaged_bytes"])')" \
			"$(grep -c '^PYCSHIM_INHERITED=python' "$TMP/environment")" \
			"$(cat "$TMP/errors")"
	done | sort | uniq -c | sed 's/^ *//'
}

is "$(late trace)" "40 status 0, FAILED=0, created 40, processes 1, lost 0, damaged 0, told 1 times" \
	python_loaded_late_amid_threads_is_noticed_once
is "$(late deny)" "40 status 0, FAILED=40, created 40, processes 1, lost 0, damaged 0, told 1 times" \
	python_loaded_late_amid_threads_is_denied_from_then_on

# No variable is lost that a thread sets at the same time.
for ((turn = 0; turn < 20; turn++)); do
	clean_env LD_PRELOAD="$LIB" PYCSHIM_RECORD="$TMP/rec" timeout 300 "$TMP/bin/late" "$TMP/python.so" 3000 >"$TMP/environment"
	echo "$? $(grep -c ^LATE_ "$TMP/environment") $(grep -c ^PYCSHIM_INHERITED "$TMP/environment")"
done | sort | uniq -c | sed 's/^ *//' >"$TMP/kept"
is "$(cat "$TMP/kept")" "20 0 3000 1" variables_set_while_a_python_is_loaded_stay
