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
is "$(cat plain)" "made 480, read 480" threads_program_runs_alone

# under_tsan RECORDING [NAME=VALUE...] COMMAND...: leaves what it says in `got`
under_tsan() {
	clean_env "${options[@]}" timeout 120 setarch -R env LD_PRELOAD="$runtime:$build/libpycshim.so" \
		PYCSHIM_RECORD="$TMP/$1.rec" "${@:2}" >got 2>&1
}

# no_race NAME
no_race() { is "$(grep -c 'WARNING: ThreadSanitizer' got)" 0 "$1" "$(lines)"; }

# has_events RECORDING OPERATION COUNT NAME: so many or more, and no damage
has_events() {
	local count
	count=$("$PYCSTAT" events --json "$TMP/$1.rec" | grep -c "\"$2\"")
	is "$((count >= $3)) $(stat_json "$TMP/$1.rec" summary .damaged_bytes)" "1 0" "$4" "$count of $3"
}

under_tsan trace PYCSHIM_PROCESSES=all ./threads
no_race threads_traced_race_with_nothing
is "$(tail -n 1 got)" "made 480, read 480" threads_traced_do_what_they_do_alone
has_events trace rename 480 threads_traced_every_event_is_there

# Every pyc fails, in a Python: what was the error is counted by all threads at once.
echo 'void Py_Initialize(void) {}' >python.c
check library_like_a_python_builds gcc -shared -fPIC -o python.so python.c
under_tsan deny LD_PRELOAD="$runtime:$build/libpycshim.so:$TMP/python.so" PYCSHIM_MODE=deny ./threads
no_race threads_denied_race_with_nothing
is "$(tail -n 1 got)" "made 0, read 0" threads_denied_make_nothing
has_events deny create 480 threads_denied_every_event_is_there

# The shadow's root is taken away in between; where one thread opens it anew, and is slow,
# others do without.
mkdir -m 700 root
under_tsan redirect PYCSHIM_PROCESSES=all PYCSHIM_MODE=redirect PYCSHIM_ROOT="$TMP/root" ./threads "$TMP/root"
no_race threads_redirected_race_with_nothing
like "$(tail -n 1 got)" '^made [1-9][0-9]*, read [1-9]' threads_redirected_end_well
has_events redirect create 480 threads_redirected_every_event_is_there

# A recording that is too small: totals are written by all threads.
under_tsan small PYCSHIM_PROCESSES=all PYCSHIM_RECORD_MAX=16K ./threads
no_race threads_that_lose_events_race_with_nothing
is "$(stat_json "$TMP/small.rec" summary '[d["lost_events"] > 100, d["damaged_bytes"]]')" '[true, 0]' \
	threads_that_lose_events_are_counted

# A Python that is loaded while the threads are at work.
check late_program_compiles gcc -fsanitize=thread -g -o late "$TOP/tests/hooks/late.c" -pthread -ldl
under_tsan late ./late "$TMP/python.so" 0
no_race python_loaded_late_races_with_nothing
has_events late create 40 python_loaded_late_is_traced_from_then_on

under_tsan python "$(python3_path)" -I -S -c '
import threading, json
threads = [threading.Thread(target=lambda: __import__("wave") and open("x.pyc", "w").close()) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print("done")'
check python_traced_under_tsan_ends_well grep -qx 'done' got
is "$(grep -A12 'WARNING: ThreadSanitizer' got | grep -c libpycshim)" 0 python_traced_under_tsan_has_no_race_of_ours "$(lines)"
