#!/bin/bash
# SPDX-License-Identifier: MIT
# Invalid settings: one line on standard error, and the program runs as without the
# library.

. "$(dirname "$0")/../lib.sh"

python=$(python3_path)
program='import json, sys; print(json.dumps([1])); sys.exit(3)'
clean_env "$python" -I -S -c "$program" >"$TMP/want"

# runs NAME LINES SETTING...: output and status are as without the library, and standard
# error has LINES lines
runs() {
	local name=$1 lines=$2 status
	shift 2
	rm -rf "$TMP/rec"
	clean_env LD_PRELOAD="$LIB" PYCSHIM_RECORD="$TMP/rec" "$@" "$python" -I -S -c "$program" >"$TMP/out" 2>"$TMP/err"
	status=$?
	is "$(cat "$TMP/out") $status" "$(cat "$TMP/want") 3" "${name}_program_runs"
	is "$(wc -l <"$TMP/err")" "$lines" "${name}_says_$lines" "$(cat "$TMP/err")"
}

# mistaken VARIABLE=VALUE: one line names the variable, and nothing is recorded
mistaken() {
	local name
	name=$(tr -cs 'A-Za-z0-9' _ <<<"$1")
	runs "mistaken_$name" 1 "$1"
	like "$(cat "$TMP/err")" "${1%%=*}" "mistaken_${name}line_names_it"
	check "mistaken_${name}records_nothing" test ! -s "$TMP/rec"
}

mistaken PYCSHIM_MODE=tracing
mistaken PYCSHIM_MODE=TRACE
mistaken PYCSHIM_MODE='trace '
mistaken PYCSHIM_RECORD=relative/rec
mistaken PYCSHIM_RECORD_MAX=12Q
mistaken PYCSHIM_RECORD_MAX=-1
mistaken PYCSHIM_RECORD_MAX=K
mistaken PYCSHIM_RECORD_MAX=1.5M
mistaken PYCSHIM_RECORD_MAX=99999999999999999999
mistaken PYCSHIM_RECORD_MAX=' 64M'
mistaken PYCSHIM_RECORD_MAX=3K
said=$(clean_env "$PYCSHIM" --record-max 3K true 2>&1 | head -n 1)
is "${said##*\': }" "$(sed 's/.*: is \(.*\); .*/\1/' "$TMP/err")" mistaken_size_is_named_alike_by_launcher_and_library
mistaken PYCSHIM_PROCESSES=some
mistaken PYCSHIM_DEBUG=nosuchtopic
mistaken PYCSHIM_WRITE=true
mistaken PYCSHIM_WRITE=2
mistaken PYCSHIM_ROOT=relative
mistaken PYCSHIM_RECORD="/$(printf 'x%.0s' {1..5000})"

mistaken PYCSHIM_ONLY=app
mistaken PYCSHIM_SKIP=/usr:./app

# a file that is no recording is not overwritten
echo 'precious = 5' >"$TMP/precious"
runs recording_that_is_none 1 PYCSHIM_RECORD="$TMP/precious"
like "$(cat "$TMP/err")" "precious: is a file, but no recording; it is left alone" recording_that_is_none_is_named
is "$(cat "$TMP/precious")" "precious = 5" recording_that_is_none_is_left_alone
mkdir -m 700 "$TMP/run" "$TMP/run/pycshim"
cp "$TMP/precious" "$TMP/run/pycshim/recording"
clean_env LD_PRELOAD="$LIB" XDG_RUNTIME_DIR="$TMP/run" "$python" -I -S -c "import subprocess, sys
subprocess.call([sys.executable, '-I', '-S', '-c', ''])" 2>"$TMP/err"
is "$(cat "$TMP/err")" "pycshim: $TMP/run/pycshim/recording: is a file, but no recording; it is left alone, nothing is recorded" \
	default_recording_that_is_none_is_named_once
is "$(cat "$TMP/run/pycshim/recording")" "precious = 5" default_recording_that_is_none_is_left_alone
: >"$TMP/empty"
runs recording_that_is_empty 0 PYCSHIM_RECORD="$TMP/empty"
check recording_that_is_empty_is_used test -s "$TMP/empty"

# redirect without a usable shadow
if can_mount; then
	# shellcheck disable=SC2016 # for the inner shell
	said=$(mounts sh -c 'mount -t tmpfs -o ro tmpfs /dev/shm && mount --bind /tmp /tmp &&
mount -o remount,bind,ro /tmp || exit
there=/tmp/pycshim-$(id -u) # that was left by other uses of the library
[ ! -e "$there" ] || mount -t tmpfs -o mode=700 tmpfs "$there" || exit
exec "$@"' sh env -i LD_PRELOAD="$LIB" PYCSHIM_MODE=redirect \
		"$python" -I -S -c "$program" 2>&1)
	is "$(grep -cE '^pycshim: (no directory for the shadow|.*another file system)' <<<"$said")" 1 redirect_without_a_place_says_so "$said"
	like "$said" '\[1\]' redirect_without_a_place_lets_the_program_run
else
	skip "no mounts here" redirect_without_a_place_says_so
fi

# no room for the first record: one line for the process, its fork child and its programs
if can_mount; then
	mkdir "$TMP/small"
	# shellcheck disable=SC2016 # for the inner shell
	small_tmpfs 16k "$TMP/small" env -i sh -c 'head -c 20000 /dev/zero >"$0/fill" 2>/dev/null
LD_PRELOAD=$1 PYCSHIM_RECORD=$0/rec "$2" -I -S -c "import json, os, subprocess, sys
os.fork() or os._exit(0)
os.wait()
import csv
print(subprocess.call([sys.executable, \"-I\", \"-S\", \"-c\", \"import json\"]))"' \
		"$TMP/small" "$LIB" "$python" >"$TMP/out" 2>"$TMP/err"
	is "$(cat "$TMP/out" "$TMP/err")" "0
pycshim: PYCSHIM_RECORD=$TMP/small/rec: no space left on device; nothing is recorded" \
		recording_without_room_for_its_beginning_is_named_once
else
	skip "no mounts here" recording_without_room_for_its_beginning_is_named_once
fi

# piped KIND: the status of a shell with an invalid setting, whose standard error is a
# pipe that nobody reads (broken, full)
piped() {
	clean_env timeout 300 "$python" -I -S -c '
import fcntl, os, subprocess, sys
reading, writing = os.pipe()
if sys.argv[1] == "broken":
    os.close(reading)
else:
    os.write(writing, b"x" * fcntl.fcntl(writing, 1032))  # F_GETPIPE_SZ
done = subprocess.run(["/bin/echo", "here"], stdout=subprocess.PIPE, stderr=writing,
                      env={"LD_PRELOAD": sys.argv[2], "PYCSHIM_MODE": "wrong"})
print(done.returncode, done.stdout.decode().strip())' "$1" "$LIB"
}
is "$(piped broken)" '0 here' program_with_a_broken_standard_error_is_not_ended
is "$(piped full)" '0 here' program_with_a_full_standard_error_does_not_wait

# the lines of PYCSHIM_DEBUG, and no others
debug() {
	clean_env LD_PRELOAD="$LIB" PYCSHIM_RECORD="$TMP/debug.rec" PYCSHIM_DEBUG="$1" \
		"$(python3_path)" -I -S -c 'print(5)' 2>&1 >"$TMP/debug.out" | sed 's/debug: [0-9]*/debug: PID/'
}
is "$(debug config)" "pycshim: debug: PID: mode trace
pycshim: debug: PID: root STATE/shadow
pycshim: debug: PID: recording $TMP/debug.rec" debug_config_says_the_settings
mkdir -m 700 "$TMP/state"
for mode in trace redirect; do
	is "$(clean_env LD_PRELOAD="$LIB" XDG_RUNTIME_DIR="$TMP/state" PYCSHIM_MODE=$mode PYCSHIM_DEBUG=config \
		"$python" -I -S -c 'print(5)' 2>&1 >"$TMP/debug.out" | sed 's/debug: [0-9]*/debug: PID/' | sort -u)" \
		"pycshim: debug: PID: STATE $TMP/state/pycshim
pycshim: debug: PID: mode $mode
pycshim: debug: PID: recording STATE/recording
pycshim: debug: PID: root STATE/shadow" "debug_config_in_${mode}_says_where_state_is"
done
is "$(debug process,record)" "pycshim: debug: PID: active: a Python is loaded
pycshim: debug: PID: recording opened" debug_process_and_record_say_what_happens
is "$(cat "$TMP/debug.out")" 5 debug_leaves_the_output_alone
is "$(debug off)" "" debug_off_says_nothing

# off is valid in all its spellings
for value in off 0 no ''; do
	runs "mode_${value:-empty}" 0 PYCSHIM_MODE="$value"
	check "mode_${value:-empty}_records_nothing" test ! -e "$TMP/rec"
	runs "record_${value:-empty}" 0 PYCSHIM_RECORD="$value"
	check "record_${value:-empty}_records_nothing" test ! -e "$TMP/rec"
done
runs record_dev_null 0 PYCSHIM_RECORD=/dev/null
is "$(clean_env LD_PRELOAD="$LIB" PYCSHIM_RECORD=/dev/null PYCSHIM_DEBUG=config "$(python3_path)" -I -S -c pass 2>&1 |
	grep -c 'recording off$')" 1 record_dev_null_is_off
mkfifo "$TMP/fifo"
for kind in /dev/zero "$TMP/fifo" "$TMP"; do
	runs "record_that_is_${kind##*/}" 1 PYCSHIM_RECORD="$kind"
	like "$(cat "$TMP/err")" 'regular file|is a directory' "record_that_is_${kind##*/}_is_refused"
done

# valid settings print nothing, and events are recorded
for setting in PYCSHIM_MODE=trace PYCSHIM_RECORD_MAX=64K PYCSHIM_RECORD_MAX=1M PYCSHIM_RECORD_MAX=1G \
	PYCSHIM_PROCESSES=all PYCSHIM_PROCESSES=python; do
	runs "$(tr -cs 'A-Za-z0-9' _ <<<"$setting")right" 0 "$setting"
	check "$(tr -cs 'A-Za-z0-9' _ <<<"$setting")records" test -s "$TMP/rec"
done

# each of two mistakes is reported in at most one line, which children do not repeat
clean_env LD_PRELOAD="$LIB" PYCSHIM_MODE=x PYCSHIM_RECORD_MAX=y "$python" -I -S -c "$program" >"$TMP/out" 2>"$TMP/err"
like "$(wc -l <"$TMP/err")" '^[12]$' two_mistakes_say_one_or_two_lines

# only and skip: globs on the source's directory
mkdir -p "$TMP/app/one" "$TMP/app/two"
echo 'x = 1' | tee "$TMP/app/one/first.py" >"$TMP/app/two/second.py"
imports="import sys; sys.path[:0] = ['$TMP/app/one', '$TMP/app/two']; import first, second"
looked_up() { "$PYCSTAT" events --json "$TMP/rec" 2>/dev/null | grep -o '/\(first\|second\|codecs\|encodings\)[/.]' | tr -d ./ | sort -u | tr '\n' ' '; }
for row in "PYCSHIM_ONLY=$TMP/app/one first_" "PYCSHIM_ONLY=$TMP/app/* first_second_" \
	"PYCSHIM_SKIP=$TMP/app/one:/usr/*:*/lib/* second_" \
	"PYCSHIM_ONLY=$TMP/nowhere:$TMP/app/two second_"; do
	rm -rf "$TMP/rec" "$TMP"/app/*/__pycache__
	traced "$TMP/rec" "${row% *}" "$python" -I -S -c "$imports"
	name=${row% *}
	is "$(looked_up | tr ' ' _)" "${row##* }" "${name//$TMP/}_counts_its_directories_only"
done
