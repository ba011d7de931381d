#!/bin/bash
# ThreadSanitizer: the library in a program with many threads, and in a Python.

. "$(dirname "$0")/../lib.sh"
need gcc make setarch

runtime=$(gcc -print-file-name=libtsan.so)
[ -e "$runtime" ] || skip_all "no libtsan"
runtime=$(readlink -f "$runtime")
build=$B/san-thread
check library_builds_with_thread_sanitizer make -s -C "$TOP" B="$build" CC=gcc SAN=thread \
	CFLAGS='-O1 -g' "$build/libpycshim.so" || exit 0

# The run-time's symboliser forks amid the threads and deadlocks; we name the lines after.
options=(TSAN_OPTIONS=symbolize=0)
lines() {
	grep -oE 'libpycshim.so\+0x[0-9a-f]+' got | cut -d + -f 2 | uniq |
		addr2line -s -f -p -e "$build/libpycshim.so" | head -n 20
}

cd "$TMP" || exit 1
: >source.py
check threads_program_compiles gcc -fsanitize=thread -g -o threads "$TOP/tests/san/threads.c" -pthread
# without address randomisation, which older run-times cannot bear
clean_env "${options[@]}" timeout 60 setarch -R ./threads >plain 2>&1
is "$(cat plain)" "done" threads_program_runs_alone
clean_env "${options[@]}" timeout 60 setarch -R env LD_PRELOAD="$runtime:$build/libpycshim.so" PYCSHIM_PROCESSES=all \
	PYCSHIM_RECORD="$TMP/rec" ./threads >got 2>&1
is "$(grep -c 'WARNING: ThreadSanitizer' got)" 0 threads_traced_race_with_nothing "$(lines)"
check threads_traced_end_well grep -qx 'done' got
is "$(stat_json "$TMP/rec" summary .damaged_bytes)" 0 threads_traced_recording_is_whole
is "$("$PYCSTAT" events --json "$TMP/rec" | grep -c '"rename"')" $((8 * 60)) threads_traced_every_event_is_there

# Every pyc fails: what was the error is counted by all threads at once.
clean_env "${options[@]}" timeout 60 setarch -R env LD_PRELOAD="$runtime:$build/libpycshim.so" PYCSHIM_PROCESSES=all \
	PYCSHIM_MODE=deny PYCSHIM_RECORD="$TMP/rec1" ./threads >got 2>&1
is "$(grep -c 'WARNING: ThreadSanitizer' got)" 0 threads_denied_race_with_nothing "$(lines)"
is "$(stat_json "$TMP/rec1" summary '[d["damaged_bytes"], d["totals"]["write_failed"] > 0]')" '[0, true]' \
	threads_denied_are_counted

clean_env "${options[@]}" timeout 60 setarch -R env LD_PRELOAD="$runtime:$build/libpycshim.so" PYCSHIM_RECORD="$TMP/rec2" \
	"$(python3_path)" -I -S -c '
import threading, json
threads = [threading.Thread(target=lambda: __import__("wave") and open("x.pyc", "w").close()) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print("done")' >got 2>&1
check python_traced_under_tsan_ends_well grep -qx 'done' got
is "$(grep -A12 'WARNING: ThreadSanitizer' got | grep -c libpycshim)" 0 python_traced_under_tsan_has_no_race_of_ours "$(lines)"
