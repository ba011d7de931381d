#!/bin/bash
# SPDX-License-Identifier: MIT
#
# pycstat's command line, and every kind of damaged recording: one clear line, the
# documented exit status, and all intact records are read.

. "$(dirname "$0")/../lib.sh"

golden=$TOP/tests/golden/v1.recording
export LC_ALL=C.UTF-8 TZ=UTC
unset COLUMNS XDG_RUNTIME_DIR
cd "$TMP" || exit 1

# fails NAME STATUS REGEX ARGUMENT...: pycstat ends with STATUS and one line that matches
fails() {
	local name=$1 want=$2 regex=$3 status
	shift 3
	"$PYCSTAT" "$@" >out 2>err </dev/null
	status=$?
	is "$status" "$want" "${name}_status_is_$want" "$(cat err)"
	like "$(head -n 1 err)" "$regex" "${name}_says_why"
	is "$(grep -c '^pycstat: ' err)" 1 "${name}_is_one_line" "$(cat err)"
	[ "$want" = 64 ] || return
	is "$(tail -n +2 err)" "Try 'pycstat --help'." "${name}_says_where_to_read_on"
}

# usage
fails unknown_command 64 "sumary: no such command.*did you mean 'summary'" sumary
fails unknown_option 64 "unknown option '--colour'" --colour
fails option_with_a_value_too_many 64 "option '--json=x' takes no value" --json=x
fails unknown_letter 64 "unknown option '-x'" modules -x
fails unknown_letter_behind_a_long_option 64 "unknown option '-x'" --json -xj
fails option_without_value 64 "option '--top' needs a value" modules --top
fails misplaced_top 64 "--top: not an option of 'summary'" summary --top 3
fails misplaced_follow 64 "--follow: not an option of 'modules'" modules --follow
fails top_of_no_number 64 '--top x: not a number' modules --top x
fails top_negative 64 '--top -1: not a number' modules --top -1
fails color_unknown 64 '--color blue: not one of always|never|auto' --color blue "$golden"
fails color_in_part 64 '--color al: not one of' --color al "$golden"
fails sort_unknown 64 "did you mean 'lookups'" modules --sort lookup "$golden"
fails why_without_module 64 'which module' why
fails command_behind_a_recording 64 'modules is a command: it goes first' "$golden" modules
fails why_recording_first 64 'the module goes first.*pycstat why shop.mtime' why "$golden" shop.mtime
fails help_of_no_command 64 'foo: no such command$' help foo
fails help_of_a_slip 64 "sumary: no such command: did you mean 'summary'" help sumary
for word in --help --version -V help 'help why' 'modules --help' 'why --help' 'events --help'; do
	# shellcheck disable=SC2086
	check "help_${word// /_}_works" "$PYCSTAT" $word
	# shellcheck disable=SC2086
	is "$("$PYCSTAT" $word | awk 'length > 80')" "" "help_${word// /_}_fits_80_columns"
done

# recordings that are missing, invalid, or of another version
printf 'PYC\x07\x40\x00\x01\x00%056d' 0 >version
head -c 100000 /dev/urandom | tr -d P >random # without a P it has no magic number of a record
: >empty
mkdir directory
fails missing 1 'pycstat: /nonexistent/rec: no such recording' /nonexistent/rec
fails missing_by_name 1 'pycstat: run.rec: no such recording' run.rec
fails directory 1 'directory: cannot open: is a directory' summary ./directory
fails device 1 '/dev/zero: a device' /dev/zero
fails other_version 1 'a recording of version 7; this pycstat reads version 1' ./version
fails random 1 'random: not a recording' ./random
for command in summary modules processes events; do
	fails "empty_$command" 0 'empty: empty: nothing was recorded: .*pycshim --check' $command ./empty
	like "$(cat out)" "$([ $command = events ] && echo '^$' || echo '^(Nothing|No [a-z]*) was .*\.$')" \
		"empty_${command}_says_so_on_standard_output"
	fails "empty_${command}_json" 0 'empty: empty: nothing was recorded' $command --json ./empty
	check "empty_${command}_json_is_json" python3 -c 'import json; s = open("out").read(); s and json.loads(s)'
done
fails empty_why 1 'empty: empty: nothing was recorded' why shop.mtime ./empty
fails empty_why_json 1 'empty: empty: nothing was recorded' why --json shop.mtime ./empty
is "$(python3 -c 'import json; print(json.load(open("out"))["modules"])')" '[]' empty_why_json_has_no_module
PYCSHIM_RECORD=off fails record_off 1 'PYCSHIM_RECORD is off'
PYCSHIM_RECORD=/dev/null fails record_dev_null 1 'PYCSHIM_RECORD is off'
XDG_RUNTIME_DIR=$TMP/none PYCSHIM_RECORD=./rec fails record_named 1 'rec: no such recording'
if ! is_root; then
	cp "$golden" secret && chmod 000 secret
	fails secret 1 'secret: cannot open: permission denied' ./secret
fi

# the readable part of a damaged recording is printed
# key FILE KEY: print a value of a JSON summary
key() { python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])' "$@"; }
"$PYCSTAT" --json "$golden" >whole
size=$(stat -c %s "$golden")
head -c $((size - 9)) "$golden" >./cut
fails cut 1 'cut: [0-9]* damaged bytes left out, [0-9]* records read' --json ./cut
is "$(key out processes)" "$(($(key whole processes) - 1))" cut_recording_is_read_up_to_there
is "$(grep -c 'move it away' err)" 0 cut_recording_may_go_on
{ printf 'XXXX'; tail -c +5 "$golden"; } >beheaded
fails beheaded 1 'damaged, so nothing more is recorded in it: move it away' ./beheaded
{ head -c 4000 "$golden"; head -c 77 random; tail -c +4001 "$golden"; } >torn
fails torn 1 'torn: [0-9]* damaged bytes' --json ./torn
like "$(($(key whole events) - $(key out events)))" '^[01]$' torn_recording_loses_one_event
head -c 0 /dev/null >events_of_nothing
"$PYCSTAT" events --json ./random >out 2>/dev/null
check random_has_no_events cmp out events_of_nothing

# several recordings are one run; a recording named twice is counted once
"$PYCSTAT" --json "$golden" ./cut 2>/dev/null >both
is "$(key both events) $(key both processes)" "$((2 * $(key whole events))) $(key whole processes)" \
	recordings_of_one_run_are_merged_by_process
ln -s "$golden" again
"$PYCSTAT" --json "$golden" ./again >twice
is "$(key twice events)" "$(key whole events)" recording_named_twice_is_counted_once
"$PYCSTAT" --json - <"$golden" >piped
is "$(key piped events)" "$(key whole events)" recording_from_standard_input_is_read
"$PYCSTAT" --json <(cat "$golden") >piped
is "$(key piped events)" "$(key whole events)" recording_from_a_pipe_is_read
is "$("$PYCSTAT" events --json "$golden" | wc -l)" "$(key whole events)" \
	summary_counts_what_events_prints

# the default recording is found
mkdir -p run/pycshim
cp "$golden" run/pycshim/recording
XDG_RUNTIME_DIR=$TMP/run "$PYCSTAT" --json >found
is "$(key found recordings)" "['$TMP/run/pycshim/recording']" recording_is_found_in_its_state
PYCSHIM_RECORD=$golden XDG_RUNTIME_DIR=$TMP/run "$PYCSTAT" --json >found
is "$(key found recordings)" "['$golden']" recording_is_found_by_its_variable

# why
fails why_unknown 1 'no look-up of mtme is in this recording: did you mean shop.mtime' why mtme "$golden"
like "$(tail -n +2 err | tr '\n' ' ')" 'Modules from zips, built-in and frozen modules have none, and a main script is never cached' \
	why_unknown_says_what_has_no_pyc
for cache in __pycache__ shop/__pycache__ /app/shop/__pycache__//; do
	fails "why_${cache//\//_}" 1 "why: $cache is a directory: name a module in it" why "$cache" "$golden"
done
fails why_ambiguous 1 'could be several; name one of' why m.py "$golden"
fails why_ambiguous_json 1 'could be several; name one of' why --json m.py "$golden"
is "$(python3 -c 'import json; d = json.load(open("out")); print(len(d["matches"]), d["modules"])')" '2 []' \
	why_ambiguous_json_has_the_matches_alone
# a pyc that is stale for each reason, in words
while IFS=: read -r module words; do
	like "$("$PYCSTAT" why "shop.$module" "$golden" | tr -s '\n ' ' ')" "found it, but $words \($module\)\." \
		"why_stale_${module}_is_told"
done <<-'END'
	magic:its magic number is 3531, CPython 3.12's, and cpython-311 wants 3495
	size:it is stale. it was made from a source of 2,000 bytes, and the source has 2,001
	hash:the source's hash is not the one it holds
	flags:its header has flags that no interpreter knows
END
check why_knows_a_module "$PYCSTAT" why shop.mtime "$golden"
check why_knows_a_package "$PYCSTAT" why /app/shop "$golden"
check why_knows_a_path "$PYCSTAT" why /app/shop/mtime.py "$golden"

# on a terminal: no control characters, no line too wide
"$PYCSTAT" events "$golden" >text
check text_has_no_control_characters sh -c '! grep -q "[^[:print:]]" text'
wider() { python3 -c 'import sys; [print(line) for line in open(sys.argv[2], encoding="utf-8") if len(line) > int(sys.argv[1]) + 1]' "$@"; }
for columns in 40 60 80 200; do
	for command in summary modules processes; do
		COLUMNS=$columns "$PYCSTAT" $command "$golden" >text
		is "$(wider $columns text)" '' "${command}_fits_${columns}_columns"
	done
done
# in a pipe nothing is cut, and long columns come last, so that the others are aligned
for row in 'modules SOURCE' 'processes COMMAND'; do
	"$PYCSTAT" "${row% *}" "$golden" >text
	is "$(python3 -c 'import sys
title, *rows = open("text", encoding="utf-8").read().splitlines()
at = title.index(sys.argv[1])
print(title[at:], all(row[at - 2:at] == "  " and row[at] != " " for row in rows))' \
		"${row#* }")" "${row#* } True" "${row% *}_piped_are_aligned"
done
check modules_piped_are_not_cut grep -q '/app/shop/orders/models.py$' <("$PYCSTAT" modules "$golden")
check processes_piped_are_not_cut grep -q -e '/usr/bin/python3 -m gunicorn -w 2 shop.wsgi$' <("$PYCSTAT" processes "$golden")
# the end of the golden recording's longest path is printed at every width
"$PYCSTAT" events "$golden" >whole_events
for columns in 40 50 60 80 100 200; do
	COLUMNS=$columns "$PYCSTAT" events "$golden" >text
	is "$(wider $columns text)" '' "events_fit_${columns}_columns"
	is "$(grep -c 'models.cpython-311.pyc' text)" "$(grep -c 'models.cpython-311.pyc' whole_events)" \
		"events_in_${columns}_columns_name_the_pyc"
done
is "$(grep -c . whole_events)" "$(key whole events)" events_that_are_piped_are_a_line_each
check events_that_are_piped_are_not_cut grep -q '/app/shop/orders/__pycache__/models.cpython-311.pyc' whole_events
COLUMNS=40 "$PYCSTAT" "$golden" >text
like "$(tr -s '\n ' ' ' <text)" 'compiled 14 at most 13.7 ms of CPU' \
	summary_in_40_columns_has_the_whole_cost
if command -v script >/dev/null; then
	TERM=xterm script -qec "$PYCSTAT $golden" /dev/null >./tty </dev/null
	like "$(grep -c $'\033' tty)" '^[1-9]' terminal_has_colours
	TERM=xterm NO_COLOR=1 script -qec "$PYCSTAT $golden" /dev/null >./tty </dev/null
	is "$(grep -c $'\033' tty)" 0 terminal_without_colours_has_none
	TERM=xterm script -qec "$PYCSTAT --color=never $golden" /dev/null >./tty </dev/null
	is "$(grep -c $'\033' tty)" 0 terminal_has_no_colours_with_color_never
else
	skip terminal_has_colours 'no script(1)'
fi

like "$(NO_COLOR=1 "$PYCSTAT" --color always "$golden" | grep -c $'\033')" '^[1-9]' pipe_has_colours_with_color_always
is "$("$PYCSTAT" --color auto "$golden" | grep -c $'\033')" 0 pipe_has_no_colours_by_default

# short forms
is "$("$PYCSTAT" modules -n 3 --sort cpu "$golden")" "$("$PYCSTAT" modules --top 3 --sort compile_seconds "$golden")" \
	modules_know_the_short_forms

# follow
cp "$golden" live
"$PYCSTAT" events --follow --json ./live >followed 2>err &
pid=$!
lines() { [ "$(wc -l <followed)" -eq "$1" ]; }
events=$(key whole events)
wait_until 60 lines "$events"
check follow_prints_what_is_there lines "$events"
cat "$golden" >>live
wait_until 60 lines $((2 * events))
check follow_prints_what_is_appended lines $((2 * events))
: >live
sleep 0.2
cat "$golden" >>live
wait_until 60 lines $((3 * events))
check follow_survives_truncation lines $((3 * events))
cp "$golden" new && mv new live
wait_until 60 lines $((4 * events))
check follow_survives_replacement lines $((4 * events))
kill -TERM $pid
wait $pid
is $? 0 follow_ends_quietly_when_interrupted
is "$(cat err)" '' follow_says_nothing_on_standard_error
"$PYCSTAT" events --follow --json ./later >followed 2>err &
pid=$!
started $pid
wait_until 60 grep -q 'later: no such recording yet: waiting for it' err
check follow_of_what_is_not_there_waits alive $pid
cp "$golden" later
wait_until 60 lines "$events"
check follow_prints_what_was_waited_for lines "$events"
kill -TERM $pid
wait $pid
is "$?:$(wc -l <err)" 0:1 follow_of_what_was_waited_for_ends_quietly
: >err # the output of the previous case must not be taken for this one's
"$PYCSTAT" events --follow ./never >followed 2>err &
pid=$!
started $pid
wait_until 60 grep -q waiting err
kill -TERM $pid
wait $pid
is $? 0 follow_that_waits_ends_quietly_when_interrupted
timeout 60 "$PYCSTAT" events --follow - < <(cat "$golden") >out
is $? 0 follow_of_a_pipe_ends_with_it
for ((i = 0; i < 100; i++)); do cat "$golden"; done >large
"$PYCSTAT" events ./large 2>err | head -n 1 >out
is "${PIPESTATUS[0]}:$(cat err)" '141:' events_end_quietly_when_nobody_reads
"$PYCSTAT" events --json "$golden" >/dev/full 2>err
is "$?:$(cat err)" '1:pycstat: standard output: cannot write: No space left on device' \
	events_to_a_full_disk_fail
