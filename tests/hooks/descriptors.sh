#!/bin/bash
# SPDX-License-Identifier: MIT
# Programs that close and reuse all descriptors, have few, or lose the recording: they run
# as without the library, and recording goes on.

. "$(dirname "$0")/../lib.sh"

cp "$B/tests/hooks/descriptors" "$TMP/bin/"
RECORD=$TMP/recording

# fresh: change to a new, empty working directory.
fresh() {
	cd "$TMP" && rm -rf work recording && mkdir work && cd work || exit 1
}

all() { clean_env LD_PRELOAD="$LIB" PYCSHIM_PROCESSES=all PYCSHIM_RECORD="$RECORD" timeout 300 "$@"; }

# counts: the events, the lost events and the damaged bytes of the recording.
counts() { stat_json "$RECORD" summary '[d["events"], d["lost_events"], d["damaged_bytes"]]'; }

# every_case: each case ends as it does without the library, and its events are recorded.
every_case() {
	local case got status want RECORD=$RECORD
	for case in $("$TMP/bin/descriptors"); do
		case $case in on_demand | after_filter) continue ;; esac
		fresh
		clean_env timeout 300 "$TMP/bin/descriptors" "$case" >"$TMP/plain" 2>&1 ||
			not_ok "${case}_runs_alone" "$(cat "$TMP/plain")"
		fresh
		[ "$case" != complaint ] || RECORD=/proc/none/recording
		got=$(all "$TMP/bin/descriptors" "$case" 2>"$TMP/errors")
		status=$?
		is "$status $got" "0 events ${got#events }" "${case}_does_not_notice"
		RECORD=$TMP/recording
		is "$(cat "$TMP/errors")" '' "${case}_is_told_nothing"
		case $got in
		'events 0') ;; # the number of recorded events may vary
		*)
			# SIGKILL may come when an event is recorded and the program has not counted it.
			want="[${got#events }, 0, 0]"
			[ "$case" != killed ] || [ "$(counts)" != "[$((${got#events } + 1)), 0, 0]" ] ||
				want="[$((${got#events } + 1)), 0, 0]"
			is "$(counts)" "$want" "${case}_is_recorded"
			;;
		esac
		case $case in vfork*)
			is "$(stat_json "$RECORD" summary .processes)" 1 "${case}_child_is_no_process_of_its_own"
			;;
		esac
	done
}

# on_demand: start a program that makes three events for each `demand`.
on_demand() {
	fresh
	coproc PROGRAM { all "$TMP/bin/descriptors" on_demand 2>"$TMP/errors"; }
	started "$PROGRAM_PID"
	demand
}

demand() {
	local answer
	printf x >&"${PROGRAM[1]}" && read -r -t 20 answer <&"${PROGRAM[0]}" && [ "$answer" = made ]
}

# over NAME EVENTS [ERRORS]: the program answers once more, ends with status 0, and the
# recording has EVENTS events.
over() {
	local pid=$PROGRAM_PID
	check "$1_program_goes_on" demand
	eval "exec ${PROGRAM[1]}>&-"
	wait "$pid"
	is "$?" 0 "$1_program_ends_well"
	is "$(cat "$TMP/errors")" "${3:-}" "$1_program_is_told_nothing"
	[ -z "$2" ] || is "$(counts)" "[$2, 0, 0]" "$1_is_recorded_from_then_on"
}

recording_cases() {
	on_demand
	rm "$RECORD"
	over recording_deleted 3

	on_demand
	: >"$RECORD"
	over recording_emptied 3

	on_demand
	mv "$RECORD" "$TMP/moved"
	printf 'not ours' >"$TMP/other" && mv "$TMP/other" "$RECORD"
	rm "$TMP/moved"
	over recording_replaced '' \
		"pycshim: PYCSHIM_RECORD=$RECORD: is a file, but no recording; it is left alone, nothing is recorded"
	is "$(cat "$RECORD")" 'not ours' recording_replaced_is_left_alone

	RECORD=$TMP/gone/recording
	mkdir "$TMP/gone"
	on_demand
	rm -r "$TMP/gone"
	over directory_deleted '' "pycshim: PYCSHIM_RECORD=$RECORD: no such directory; nothing is recorded"
	RECORD=$TMP/recording

	on_demand
	rm "$RECORD" && mkdir "$RECORD"
	over recording_is_directory_now '' "pycshim: PYCSHIM_RECORD=$RECORD: is a directory; nothing is recorded"
	rmdir "$RECORD"
}

# full_disk: the program goes on when the disk is full; the totals count the lost events.
full_disk() {
	if ! can_mount; then
		skip 'may not mount' full_disk_program_goes_on
		return
	fi
	fresh
	mkdir -p "$TMP/small"
	# 64 KiB have room for the first events only
	small_tmpfs 64k "$TMP/small" env -i LD_PRELOAD="$LIB" PYCSHIM_PROCESSES=all \
		PYCSHIM_RECORD="$TMP/small/recording" bash -c '
yes | head -c 1000 | tr "y\n" xx | "$0" on_demand >"$1"/made 2>"$1"/errors; echo $?
cp "$1"/small/recording "$1"/recording' "$TMP/bin/descriptors" "$TMP" >"$TMP/status" 2>&1
	is "$(cat "$TMP/status")" 0 full_disk_program_ends_well
	is "$(grep -c made "$TMP/made")" 1000 full_disk_program_goes_on
	like "$(stat_json "$RECORD" summary '[d["events"] > 100, d["events"] + d["lost_events"]]' 2>/dev/null)" \
		'true, ([3-9][0-9]{3})' full_disk_losses_are_counted
}

every_case
recording_cases
full_disk
