#!/bin/bash
# SPDX-License-Identifier: MIT
# A recording survives kill -9, a full disk, truncation, deletion, and a full budget.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/pair.bash"

python=$(python3_path)
py_info "$python"
flags=("${py_flags[@]}")
warm_up "$python" "${flags[@]}" -c "$imports import threading, random, subprocess"
total() { stat_json "$TMP/rec" summary ".totals.$1"; }

# --- kill -9 ---------------------------------------------------------------------------

# The program prints what it has imported before it goes on; it is killed at any time.
killed_at_any_time() {
	local said recorded
	fresh
	rm -f "$TMP/rec" "$TMP/said"
	cd "$TREE" || exit 1
	begin traced "$TMP/rec" "$python" "${flags[@]}" -c "${path}
import os
for number in range(100000):
    for name in list(sys.modules):
        if name.startswith(('wide', 'pkg')):
            del sys.modules[name]
    __import__('wide%d' % (number % 8 + 1))
    os.write(1, b'x')" >"$TMP/said"
	wait_until 60 test -s "$TMP/said" # a busy machine takes its time
	sleep "0.$1"
	kill -KILL "$begun"
	wait "$begun" 2>/dev/null
	cd "$TOP" || exit 1
	said=$(wc -c <"$TMP/said")
	# each turn looks up pkg, pkg.a, pkg.b and wideN; the last may be unfinished
	recorded=$("$PYCSTAT" events --json "$TMP/rec" | grep '"lookup"' | grep -c "$TREE")
	if [ "$said" -gt 0 ] && [ "$recorded" -ge $((4 * said)) ] && [ "$recorded" -le $((4 * said + 4)) ]; then
		ok "killed_program_recording_has_all_that_happened"
	else
		not_ok "killed_program_recording_has_all_that_happened" "$said turns, $recorded look-ups"
	fi
	is "$(stat_json "$TMP/rec" summary .damaged_bytes)" 0 killed_program_recording_is_whole
}
for tenths in 2 35 5; do killed_at_any_time $tenths; done 2>/dev/null

# --- fields of an event
# ----------------------------------------------------------------------

rm -f "$TMP/rec"
traced_once "$python" "${flags[@]}" -c "$imports"
is "$(stat_json "$TMP/rec" processes "[(p['node'], p['recording']) for p in d['processes']]")" \
	"[[\"$(uname -n)\", \"$TMP/rec\"]]" process_has_the_name_of_its_node_and_recording
"$PYCSTAT" events --json "$TMP/rec" >"$TMP/events"
is "$(sed 's/.*\("node": .*\)}/\1/' "$TMP/events" | sort -u)" \
	"\"node\": \"$(uname -n)\", \"recording\": \"$TMP/rec\"" event_has_the_name_of_its_node_and_recording
# a compile's CPU time fits between the read of the source and the next event
check compile_has_the_time_of_its_beginning helper -c '
import json, sys
events = [json.loads(line) for line in open(sys.argv[1])]
compiles = [i for i, e in enumerate(events[:-1]) if e["op"] == "compile"]
assert compiles
for i in compiles:
    before, event, after = events[i - 1:i + 2]
    assert before["op"] != "read_source" or before["time"] <= event["time"], (before, event)
    assert event["time"] + event["nanoseconds"] / 1e9 <= after["time"] + 2e-6, (event, after)' "$TMP/events"

# --- full, truncated, deleted ---------------------------------------------------------------

# undisturbed NAME: the last traced_once behaved as the plain run and printed no error.
plain() {
	fresh
	(cd "$TREE" && clean_env "$@") >"$TMP/out2" 2>"$TMP/err2" </dev/null
	echo $? >"$TMP/status2"
}
undisturbed() {
	same "$1_output_is_as_without" "$TMP/out" "$TMP/out2"
	same "$1_errors_are_as_without" "$TMP/err" "$TMP/err2"
	same "$1_status_is_as_without" "$TMP/status" "$TMP/status2"
}

if can_mount; then
	mkdir "$TMP/small"
	plain "$python" "${flags[@]}" -c "$imports"
	fresh
	(cd "$TREE" && small_tmpfs 4k "$TMP/small" sh -c '"$@"; status=$?; cp "$0"/* "$0.kept"; exit $status' \
		"$TMP/small" env -i PATH="$SYSTEM_PATH" HOME="$TMP/home" LANG=C.UTF-8 LD_PRELOAD="$LIB" \
		PYCSHIM_RECORD="$TMP/small/rec" "$python" "${flags[@]}" -c "$imports") >"$TMP/out" 2>"$TMP/err"
	echo $? >"$TMP/status"
	undisturbed full_tmpfs
	cp "$TMP/small.kept" "$TMP/rec"
	"$PYCSTAT" summary --json "$TMP/rec" >"$TMP/summary" 2>"$TMP/summary.err"
	check full_tmpfs_summary_can_be_read helper -c '
import json, sys
d = json.load(open(sys.argv[1]))
assert d["lost_events"] > 0, d
assert d["totals"]["lookups"] > 10, d' "$TMP/summary"
else
	skip "may not mount" full_tmpfs
fi

for how in 'open(rec, "w").close()' 'os.unlink(rec)' 'os.rename(rec, rec + ".1")' 'open(rec, "r+b").truncate(1001)'; do
	program="${path}
import os, pkg.a
rec = os.environ.get('PYCSHIM_RECORD')
if rec: $how
import pkg.sub.c, wide1
print(sorted(name for name in sys.modules if name.startswith('pkg')))"
	name=$(tr -cs '[:lower:]' _ <<<"$how")
	name=${name%_}
	plain "$python" "${flags[@]}" -c "$program"
	fresh
	traced_once "$python" "${flags[@]}" -c "$program"
	undisturbed "${name}_in_mid_run"
	[ -e "$TMP/rec" ] || continue
	"$PYCSTAT" events --json "$TMP/rec" >"$TMP/events" 2>"$TMP/events.err"
	like "$?$(cat "$TMP/events.err")" '^(0|1.*damaged bytes.*)$' "${name}_recording_can_be_read"
	check "${name}_later_events_are_there" grep -q wide1 "$TMP/events"
done

# --- no place for it ------------------------------------------------------------------------

# one_line NAME RECORDING [COMMAND...]: standard error has at most one additional line
one_line() {
	plain "$python" "${flags[@]}" -c "$imports"
	fresh
	(cd "$TREE" && "${@:3}" env -i PATH="$SYSTEM_PATH" HOME="$TMP/home" LANG=C.UTF-8 LD_PRELOAD="$LIB" \
		PYCSHIM_RECORD="$2" "$python" "${flags[@]}" -c "$imports") >"$TMP/out" 2>"$TMP/err"
	echo $? >"$TMP/status"
	is "$(grep -c pycshim "$TMP/err")/$(wc -l <"$TMP/err")" 1/1 "$1_gives_one_line" "$(cat "$TMP/err")"
	same "$1_output_is_as_without" "$TMP/out" "$TMP/out2"
	same "$1_status_is_as_without" "$TMP/status" "$TMP/status2"
}
one_line missing_directory "$TMP/nowhere/rec"
one_line recording_is_a_directory "$TMP"
mkdir -m 555 "$TMP/closed"
one_line unwritable_directory "$TMP/closed/rec" powerless
one_line recording_on_proc /proc/sys/rec

# --- the budget ---------------------------------------------------------------------------

setting=(PYCSHIM_RECORD_MAX=64K)
many="${path}
import os
for turn in range(60):
    for name in list(sys.modules):
        if name.startswith(('wide', 'pkg')):
            del sys.modules[name]
    for number in range(1, 9):
        __import__('wide%d' % number)
if os.fork() == 0:
    for name in list(sys.modules):
        if name.startswith('pkg'):
            del sys.modules[name]
    import pkg.sub.c
    os._exit(0)
os.wait()"
prepare() { rm -rf pkg/sub/__pycache__; }
pair full_budget_totals_stay_right "$python" "${flags[@]}" -c "$many"
check full_budget_counts_lost_events test "$(stat_json "$TMP/rec" summary .lost_events)" -gt 0
check full_budget_keeps_its_size test "$(stat -c %s "$TMP/rec")" -le 65536

# --- a long command line ------------------------------------------------------------------

fresh
for bytes in 1000 2100 100000; do
	rm -f "$TMP/rec"
	long=$(printf '%*s' $bytes)
	traced "$TMP/rec" "$python" "${flags[@]}" -c "import sys # $long"
	is "$(stat_json "$TMP/rec" processes '[len(d["processes"]), "import sys #" in d["processes"][0]["command"]]')" \
		"[1, true]" "command_of_${bytes}_bytes_is_known"
	is "$(stat_json "$TMP/rec" summary .damaged_bytes)" 0 "command_of_${bytes}_bytes_recording_is_whole"
done

# --- many processes
# -----------------------------------------------------------------------

fresh
rm -f "$TMP/rec"
cd "$TREE" || exit 1
pids=()
for ((n = 0; n < 64; n++)); do
	begin traced "$TMP/rec" "$python" "${flags[@]}" -c "${path}import wide$((n % 8 + 1)), pkg.sub.c"
	pids+=("$begun")
done
failures=0
for pid in "${pids[@]}"; do wait "$pid" || failures=$((failures + 1)); done
cd "$TOP" || exit 1
is $failures 0 crowd_of_64_all_end_well
is "$(stat_json "$TMP/rec" summary .processes)" 64 crowd_of_64_all_are_there
is "$(stat_json "$TMP/rec" summary .damaged_bytes)" 0 crowd_of_64_no_record_is_torn
is "$(stat_json "$TMP/rec" summary .lost_events)" 0 crowd_of_64_nothing_is_lost
# wideN, pkg, pkg.a, pkg.b, pkg.sub, pkg.sub.c
is "$("$PYCSTAT" events --json "$TMP/rec" | grep '"lookup"' | grep -c "$TREE")" $((64 * 6)) \
	crowd_of_64_every_look_up_is_there
