#!/bin/bash
# SPDX-License-Identifier: MIT
# ThreadSanitizer: the library in a program with many threads, and in a Python.

. "$(dirname "$0")/../lib.sh"
need gcc make setarch

runtime=$(gcc -print-file-name=libtsan.so)
[ -e "$runtime" ] || skip_all "no libtsan"
runtime=$(readlink -f "$runtime")
build=$B/san-thread
check library_builds_with_thread_sanitizer make -s -C "$TOP" B="$build" CC=gcc SAN=thread \
	CFLAGS='-O1 -g' "$build/libpycshim.so" || exit 0

# The symboliser of the run-time library forks while threads run, and deadlocks; addresses
# are resolved afterwards instead.
options=(TSAN_OPTIONS=symbolize=0)
lines() {
	grep -oE 'libpycshim.so\+0x[0-9a-f]+' got | cut -d + -f 2 | uniq |
		addr2line -s -f -p -e "$build/libpycshim.so" | head -n 20
}

cd "$TMP" || exit 1
: >source.py
check threads_program_compiles gcc -fsanitize=thread -g -o threads "$TOP/tests/san/threads.c" -pthread
# without address space randomisation, with which older run-time libraries fail
clean_env "${options[@]}" timeout 300 setarch -R ./threads >plain 2>&1
is "$(cat plain)" "made 480, read 480" threads_program_runs_alone

# under_tsan RECORDING [NAME=VALUE...] COMMAND...: write the output to `got`
under_tsan() {
	clean_env "${options[@]}" timeout 300 setarch -R env LD_PRELOAD="$runtime:$build/libpycshim.so" \
		PYCSHIM_RECORD="$TMP/$1.rec" "${@:2}" >got 2>&1
}

# no_race NAME
no_race() { is "$(grep -c 'WARNING: ThreadSanitizer' got)" 0 "$1" "$(lines)"; }

# has_events RECORDING OPERATION COUNT NAME: it has at least COUNT events, and no damage
has_events() {
	local count
	count=$("$PYCSTAT" events --json "$TMP/$1.rec" | grep -c "\"$2\"")
	is "$((count >= $3)) $(stat_json "$TMP/$1.rec" summary .damaged_bytes)" "1 0" "$4" "$count of $3"
}

under_tsan trace PYCSHIM_PROCESSES=all ./threads
no_race threads_traced_race_with_nothing
is "$(tail -n 1 got)" "made 480, read 480" threads_traced_do_what_they_do_alone
has_events trace rename 480 threads_traced_every_event_is_there

# Every pyc write fails in a Python: all threads count the errors at the same time.
echo 'void Py_Initialize(void) {}' >python.c
check library_like_a_python_builds gcc -shared -fPIC -o python.so python.c
under_tsan deny LD_PRELOAD="$runtime:$build/libpycshim.so:$TMP/python.so" PYCSHIM_MODE=deny ./threads
no_race threads_denied_race_with_nothing
is "$(tail -n 1 got)" "made 0, read 0" threads_denied_make_nothing
has_events deny create 480 threads_denied_every_event_is_there

# The shadow's root is removed meanwhile; while one thread opens it again, the others go
# on without a shadow.
mkdir -m 700 root
under_tsan redirect PYCSHIM_PROCESSES=all PYCSHIM_MODE=redirect PYCSHIM_ROOT="$TMP/root" ./threads "$TMP/root"
no_race threads_redirected_race_with_nothing
like "$(tail -n 1 got)" '^made [1-9][0-9]*, read [1-9]' threads_redirected_end_well
has_events redirect create 480 threads_redirected_every_event_is_there

# The recording is too small, so that all threads write totals.
under_tsan small PYCSHIM_PROCESSES=all PYCSHIM_RECORD_MAX=16K ./threads
no_race threads_that_lose_events_race_with_nothing
is "$(stat_json "$TMP/small.rec" summary '[d["lost_events"] > 100, d["damaged_bytes"]]')" '[true, 0]' \
	threads_that_lose_events_are_counted

# The threads above meet in the backlog too seldom: a unit test makes them meet.
check backlog_test_builds_with_thread_sanitizer make -s -C "$TOP" B="$build" CC=gcc SAN=thread \
	CFLAGS='-O1 -g' "$build/tests/unit/test_backlog"
clean_env TSAN_OPTIONS="exitcode=66" timeout 300 setarch -R "$build/tests/unit/test_backlog" >got 2>&1
is "$? $(grep -c 'WARNING: ThreadSanitizer' got)" '0 0' backlog_of_many_threads_races_with_nothing "$(head -n 30 got)"

# A Python is loaded while the threads work.
check late_program_compiles gcc -fsanitize=thread -g -o late "$TOP/tests/hooks/late.c" -pthread -ldl
under_tsan late ./late "$TMP/python.so" 0
no_race python_loaded_late_races_with_nothing
has_events late create 40 python_loaded_late_is_traced_from_then_on

# With a store, twice: filled by the first, asked by the second.
for turn in filled asked; do
	mkdir -p trees/$turn
	for i in 1 2 3 4 5 6 7 8; do echo "x = [$i]" >trees/$turn/t$i.py; done
	under_tsan store PYCSHIM_STORE="$TMP/store" "$(python3_path)" -I -S -c '
import sys, threading
sys.path.insert(0, sys.argv[1])
threads = [threading.Thread(target=__import__, args=("t%d" % (i % 8 + 1),)) for i in range(16)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print("done")' "$TMP/trees/$turn"
	check "store_${turn}_under_tsan_ends_well" grep -qx 'done' got
	is "$(grep -A12 'WARNING: ThreadSanitizer' got | grep -c libpycshim)" 0 "store_${turn}_under_tsan_has_no_race_of_ours" "$(lines)"
done
is "$(stat_json "$TMP/store.rec" modules "[sum(m['reused'] for m in d['modules'] if '/trees/' in m['source'])]")" '[8]' store_under_tsan_answers

under_tsan python "$(python3_path)" -I -S -c '
import threading, json
threads = [threading.Thread(target=lambda: __import__("wave") and open("x.pyc", "w").close()) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print("done")'
check python_traced_under_tsan_ends_well grep -qx 'done' got
is "$(grep -A12 'WARNING: ThreadSanitizer' got | grep -c libpycshim)" 0 python_traced_under_tsan_has_no_race_of_ours "$(lines)"
