#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# pycshim --summary: its recording, the summary that it prints, and what it does as parent
# of COMMAND: exit statuses, signals, the terminal, orphans as PID 1.

. "$(dirname "$0")/../lib.sh"

cd "$TMP" || exit 1

# A pycstat that prints its arguments, beside a copy of the launcher.
mkdir bench
cp "$PYCSHIM" "$LIB" bench/
S=$TMP/bench/pycshim
cat >bench/pycstat <<'END'
#!/bin/sh
echo "SUMMARY of $2: $1 $(stat -c %s "$2") ${LD_PRELOAD-unpreloaded}"
END
chmod +x bench/pycstat

run() {
	clean_env XDG_RUNTIME_DIR="$TMP/run" "$@" >"$TMP/out" 2>"$TMP/err" </dev/null
	status=$?
	out=$(cat "$TMP/out")
	err=$(cat "$TMP/err")
}
mkdir -m 700 run

# --- status ----------------------------------------------------------------------------

for want in 0 1 7 125 255; do
	run "$S" -s -o "$TMP/r" -- sh -c "exit $want"
	is "$status" $want "status_${want}_is_passed_on"
done
for signal in 1 2 6 9 11 13 15 40; do
	run "$S" -s -o "$TMP/r" -- sh -c "ulimit -c 0; kill -$signal \$\$"
	is "$status" $((128 + signal)) "status_of_signal_${signal}_is_the_shells"
done

# --- recording and summary -----------------------------------------------------------

run "$S" -s -o "$TMP/r" -- echo output
is "$out" output summary_leaves_standard_output_alone
is "$err" "SUMMARY of $TMP/r: summary 0 unpreloaded" summary_is_printed_on_standard_error
run "$S" --summary echo output
is "$err" "SUMMARY of $TMP/run/pycshim/recording: summary 0 unpreloaded" \
	summary_without_record_is_of_the_default_recording
is "$(ls run/pycshim)" recording summary_without_record_leaves_one_file
is "$(stat -c %a run/pycshim)" 700 summary_makes_a_private_state_directory
is "$(stat -c %a run/pycshim/recording)" 600 summary_makes_a_private_recording
printf 'PYC\001more' >run/pycshim/recording
run "$S" -s true
is "$(stat -c %s run/pycshim/recording)" 0 summary_without_record_replaces_the_default
printf 'PYC\001more' >r
run "$S" -s -o "$TMP/r" true
is "$(stat -c %s r)" 0 summary_empties_the_named_recording
printf 'PYC\001more' >r
run PYCSHIM_RECORD="$TMP/r" "$S" -s true
is "$(stat -c %s r) $status" "0 0" summary_empties_the_recording_of_the_variable
run PYCSHIM_RECORD=off "$S" -s sh -c 'echo "$PYCSHIM_RECORD"'
like "$out" "^$TMP/run/pycshim/recording[.]summary-......$" summary_with_variable_off_records
printf 'print("mine")\n' >app.py
run "$S" -s -o app.py true
is "$status $(cat app.py)" '64 print("mine")' summary_does_not_empty_what_is_no_recording
is "$(head -n 1 err)" "pycshim: --record '$TMP/app.py': is a file, but no recording; name another one" \
	summary_names_what_is_no_recording
run PYCSHIM_RECORD="$TMP/app.py" "$S" -s true
is "$status $(cat app.py)" '64 print("mine")' summary_does_not_empty_what_the_variable_names
like "$err" "app.py': is a file, but no recording; name another one" \
	summary_names_what_the_variable_names
run PYCSHIM_RECORD=relative "$S" -s touch "$TMP/ran"
is "$status $(find "$TMP/ran" 2>/dev/null) $(head -n 1 err)" \
	'64  pycshim: PYCSHIM_RECORD=relative: is not an absolute path' \
	summary_refuses_a_relative_variable
run "$S" -s -o "$TMP/apart" -- sh -c 'printf PYC >"$PYCSHIM_RECORD"'
is "$err" $'\n'"SUMMARY of $TMP/apart: summary 3 unpreloaded" summary_stands_apart
mkdir switch
ln -s /bin/true switch/gosu
run "$S" -s -o "$TMP/new" -- "$TMP/switch/gosu" nobody python3
like "$err" 'gosu ran its program as a user who may not write the recording.*put pycshim behind it' \
	summary_of_a_program_that_changes_the_user_says_where_to_be
mkfifo fifo
run timeout 60 "$S" -s -o "$TMP/fifo" true
is "$status" 64 summary_into_a_fifo_is_wrong_usage
for other in 1 2; do
	clean_env XDG_RUNTIME_DIR="$TMP/run" "$S" -s sh -c \
		'printf x >>"$PYCSHIM_RECORD"; sleep 0.5' 2>"err.$other" &
	started $!
done
wait
is "$(cat err.1 err.2 | grep -c 'summary 1 ')" 2 summaries_at_once_do_not_mix
if is_root; then
	mkdir -m 755 others
	mkdir -m 777 others/pycshim
	run XDG_RUNTIME_DIR="$TMP/others" "$S" -s true
	like "$err" 'SUMMARY of /dev/shm/|SUMMARY of /tmp/' summary_avoids_a_state_others_can_write
	is "$(ls others/pycshim)" "" summary_leaves_nothing_in_a_state_others_can_write
fi
mkdir -m 700 linked target
ln -s "$TMP/target" linked/pycshim
run XDG_RUNTIME_DIR="$TMP/linked" "$S" -s true
is "$(ls target)" "" summary_does_not_follow_a_link_to_a_state

rm bench/pycstat
run "$S" -s -o "$TMP/r" -- sh -c 'exit 3'
if [ -e /usr/local/bin/pycstat ]; then
	skip "a pycstat is installed" summary_without_pycstat_keeps_the_status
else
	is "$status $err" "3 pycshim: no pycstat beside pycshim: run pycstat summary $TMP/r" \
		summary_without_pycstat_keeps_the_status
fi
printf '#!/bin/sh\nexit 9\n' >bench/pycstat
chmod +x bench/pycstat
run "$S" -s -o "$TMP/r" -- sh -c 'exit 3'
is "$status" 3 summary_that_fails_keeps_the_status
like "$err" 'pycstat ended with status 9' summary_that_fails_is_told
printf '#!/bin/sh\n' >bench/pycstat

# --- signals -----------------------------------------------------------------------------

# A child that prints the signals it gets; USR2 ends it.
cat >listen.py <<'END'
import os, signal, sys, time
def say(text):
    os.write(1, text.encode() + b"\n")  # print() is not reentrant
def got(number, frame):
    say(signal.Signals(number).name if number < 32 else "RT%d" % number)
    if number == signal.SIGUSR2:
        sys.exit(5)
for name in sys.argv[1:]:
    signal.signal(getattr(signal, name), got)
signal.signal(40, got)
say("ready")
while True:
    time.sleep(10)
END
python=$(python3_path)
signals="SIGHUP SIGINT SIGQUIT SIGTERM SIGUSR1 SIGALRM SIGCONT SIGWINCH SIGURG SIGPIPE SIGTSTP SIGUSR2"
# shellcheck disable=SC2086 # words
env -i "$S" -s -o "$TMP/r" -- "$python" -I listen.py $signals >heard 2>err &
pid=$!
started $pid
wait_until 60 grep -q ready heard
wanted=ready
for signal in $signals RT40; do
	[ "$signal" != SIGUSR2 ] || continue
	number=${signal#SIG}
	kill "-${number#RT}" $pid
	wait_until 60 grep -q "$signal" heard
	wanted="$wanted $signal"
done
kill -USR2 $pid
wait $pid
is "$?" 5 signals_status_after_the_last_is_the_commands
is "$(tr '\n' ' ' <heard)" "$wanted SIGUSR2 " signals_are_passed_on_once

env -i "$S" -s -o "$TMP/r" -- sleep 60 2>err &
pid=$!
started $pid
wait_until 60 pgrep -P $pid sleep
kill -TERM $pid
wait $pid
is "$?" 143 signal_term_ends_command_and_launcher
env -i "$S" -s -o "$TMP/r" -- sleep 60 2>err &
pid=$!
started $pid
wait_until 60 pgrep -P $pid sleep
child=$(pgrep -P $pid sleep)
kill -KILL "$child"
wait $pid
is "$?" 137 command_killed_gives_137
timeout -s KILL 20 bash -c 'trap "" CHLD; exec "$@"' bash \
	env -i "$S" -s -o "$TMP/r" -- sh -c 'exit 4' 2>err
is "$?" 4 child_signal_ignored_by_the_caller_gives_the_status

# On a terminal, ^C is delivered once, and ^Z stops both processes, which then go on.
check terminal_behaves_as_without_the_launcher \
	clean_env "$python" -I -B "$TOP/tests/e2e/launcher_terminal.py" \
	"$S" "$TMP/r" "$python" "$TMP/listen.py"

# --- PID 1 ---------------------------------------------------------------------------------

if is_root && unshare -pf --mount-proc true 2>/dev/null; then
	cat >orphans <<'END'
( (sleep 0.1; exit 3) & )
( (exit 4) & )
sleep 1
echo "ppid $PPID zombies $(grep -l '^State:.Z' /proc/[0-9]*/status 2>/dev/null | wc -l)"
exit 6
END
	run unshare -pf --mount-proc "$S" -s -o "$TMP/r" -- sh "$TMP/orphans"
	is "$status $out" "6 ppid 1 zombies 0" pid_1_reaps_orphans
	# the inner kill signals PID 1, for which the kernel ignores signals without a
	# handler
	run unshare -pf --mount-proc "$S" -s -o "$TMP/r" -- \
		sh -c 'trap "exit 8" TERM; kill -TERM 1; sleep 5 & wait'
	is "$status" 8 pid_1_passes_signals_on
	run unshare -pf --mount-proc "$S" -m trace -- sh -c 'echo $$; exit 9'
	is "$status $out" "9 1" pid_1_without_summary_is_the_command
else
	skip "needs root and PID namespaces" pid_1_reaps_orphans
fi
