#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Hostile recordings: names with control sequences must not reach the terminal.

. "$(dirname "$0")/../lib.sh"

export LC_ALL=C.UTF-8 TZ=UTC
unset COLUMNS XDG_RUNTIME_DIR
cd "$TMP" || exit 1
check hostile_builder_compiles "${CC:-cc}" -std=gnu11 -I"$TOP/include" -o make_hostile \
	"$TOP/tests/golden/make_hostile.c" || exit 1

# raw FILE...: find characters that must not be shown: controls except line ends,
# bidirectional controls, and invalid UTF-8
raw() {
	helper -c '
import sys, unicodedata
for name in sys.argv[1:]:
    text = open(name, "rb").read().decode("utf-8", "surrogateescape")
    for char in text:
        if char != "\n" and unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp"):
            print(name, "U+%04X" % ord(char))' "$@"
}

./make_hostile names >evil
for locale in C.UTF-8 C; do
	for command in summary modules processes events 'why m3' 'why m' 'why nothing' modules\ --top\ 1; do
		# shellcheck disable=SC2086
		LC_ALL=$locale "$PYCSTAT" $command evil >text 2>err
		cat text err >both
		is "$(raw both | sort | uniq -c)" '' "names_in_${command// /_}_are_escaped_in_$locale"
		# shellcheck disable=SC2086
		LC_ALL=$locale "$PYCSTAT" $command --json evil >json 2>err
		cat json err >both
		# bidirectional controls stay in JSON, which is not meant for terminals
		is "$(raw both | grep -v 'U+202E\|U+061C' | sort | uniq -c)" '' \
			"names_in_${command// /_}_json_are_escaped_in_$locale"
	done
done
evil=$'/\e]0;t\a\xc2\x9b\x9b\xe2\x80\xae\nx'
# tells NAME ARGUMENT...: a message that contains the name is safe
tells() {
	local name=names_in_messages_about_$1
	shift
	"$PYCSTAT" "$@" >text 2>err
	is "$(raw err)" '' "${name}_are_escaped"
	like "$(cat err)" '\\x1b\]0;t\\x07\\u009b\\x9b\\u202e\\n' "${name}_are_told_all_the_same"
}
tells a_recording "$evil"
tells a_command "${evil//\/}"
tells a_module why "$evil" evil
tells a_key modules --sort "$evil" evil
tells an_option "--$evil"

# users paste the commands of advice: a shell must read each word as it was
"$PYCSTAT" --json evil | helper -c '
import json, sys
for advice in json.load(sys.stdin)["advice"]:
    if advice["code"] == "compileall":
        print(advice["command"].split("compileall -q -l ", 1)[1])' >words
printf '%s' 'printf "%s|" '"$(cat words)" >script
is "$(bash ./script | od -c)" \
	"$(printf '%s|' $'/srv/my app/\e]0;t\a\xc2\x9b\x9b\xe2\x80\xae\xd8\x9c\r\n"\'\\\x7f' | od -c)" \
	names_in_advice_are_quoted_for_the_shell

# in a pipe names are unchanged, in every locale
./make_hostile module $'/srv/\xc3\xa4' >umlaut
for locale in C.UTF-8 C; do
	for command in summary modules events 'why m'; do
		# shellcheck disable=SC2086
		like "$(LC_ALL=$locale "$PYCSTAT" $command umlaut)" $'/srv/\xc3\xa4/' \
			"names_in_a_pipe_are_readable_in_${command// /_}_in_$locale"
	done
done

# several recordings with the same token: a process for each, and events ordered by time
for pid in 101 102 103; do ./make_hostile process $pid >"r$pid"; done
is "$("$PYCSTAT" processes --json r101 r102 r103 | helper -c '
import json, sys
for process in sorted(json.load(sys.stdin)["processes"], key=lambda process: process["pid"]):
    print(process["pid"], process["recording"], process["lookups"], process["hits"], process["compiled"])')" \
	"101 r101 2 1 1
102 r102 2 1 1
103 r103 2 1 1" processes_of_one_token_in_several_recordings_are_told_apart
"$PYCSTAT" events --json r103 r101 r102 r101 >merged
is "$(helper -c '
import json
events = [json.loads(line) for line in open("merged")]
print(len(events), [event["time"] for event in events] == sorted(event["time"] for event in events),
      all(event["recording"] == "r%d" % event["pid"] for event in events))')" '15 True True' \
	events_of_several_recordings_are_in_order_of_time
like "$("$PYCSTAT" processes r101 r102 | tr -s ' ')" 'NODE RECORDING.* r101 101 .* r102 102 ' \
	processes_of_several_recordings_name_them
like "$("$PYCSTAT" events r101 r102 | head -n 2 | tr -s ' \n' ' ')" ' 101 lookup .*\[r101\] .* 102 lookup .*\[r102\]' \
	events_of_several_recordings_name_them
is "$("$PYCSTAT" processes r101 | head -n 1 | grep -c RECORDING)" 0 processes_of_one_recording_do_not_name_it
like "$("$PYCSTAT" why m r101 r102)" 'python3.11 \(101 of r101\)' stories_of_several_recordings_name_them
