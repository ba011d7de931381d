#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What pycstat shows of a recording: rows added up by package, command or recording, lists of
# paths, and filtered events.

. "$(dirname "$0")/../lib.sh"

golden=$TOP/tests/golden/v1.recording
export LC_ALL=C.UTF-8 TZ=UTC
unset COLUMNS XDG_RUNTIME_DIR
cd "$TMP" || exit 1

# of EXPRESSION: a value of the JSON document in `out`
of() { helper -c 'import json, sys; d = json.load(open("out")); print(eval(sys.argv[1]))' "$1"; }
# fails NAME REGEX ARGUMENT...: wrong usage
fails() {
	local name=$1 regex=$2 status
	shift 2
	"$PYCSTAT" "$@" >out 2>err
	status=$?
	is "$status" 64 "${name}_is_wrong_usage"
	like "$(head -n 1 err)" "$regex" "${name}_says_why"
}

# --by
"$PYCSTAT" --json "$golden" >summary
totals=$(helper -c 'import json; print(json.load(open("summary"))["totals"])')
for row in 'summary recording' 'processes command' 'modules recording'; do
	read -r command by <<<"$row"
	"$PYCSTAT" "$command" --by "$by" --json "$golden" >out
	is "$(of "d['schema'], d['by']")" "('pycshim.$command/1', '$by')" "${command}_by_${by}_has_its_schema"
	is "$(of "d['totals']")" "$totals" "${command}_by_${by}_adds_up_to_the_summary"
	is "$(of "{key: sum(row[key] for row in d['${by}s']) for key in ('lookups', 'hits', 'compiled', 'written')} == {
key: d['totals'][key] for key in ('lookups', 'hits', 'compiled', 'written')}")" True "${command}_by_${by}_has_all_rows"
done
"$PYCSTAT" modules --by package --json "$golden" >out
is "$(of "[(p['package'], p['directory']) for p in d['packages']][:1]")" "[('shop', '/app')]" modules_by_package_name_the_outermost
"$PYCSTAT" modules --json "$golden" >modules.json
is "$(of "sum(p['compiled'] for p in d['packages']), sum(p['modules'] for p in d['packages'])")" \
	"$(helper -c 'import json; m = json.load(open("modules.json"))["modules"]; print((sum(x["compiled"] for x in m), len(m)))')" \
	modules_by_package_add_up
cp "$golden" other
"$PYCSTAT" summary --by recording "$golden" ./other >out
is "$(grep -c . out)" 3 summary_by_recording_of_the_same_processes_has_one_row
"$PYCSTAT" processes --by command "$golden" >out
like "$(tail -n 1 out)" '100 %.* total$' groups_end_with_a_total
"$PYCSTAT" processes --by command -n 1 "$golden" >out
like "$(sed -n 3p out)" ' 1 other$' groups_beyond_the_first_are_added_up
is "$(tail -n 1 out)" "$("$PYCSTAT" processes --by command "$golden" | tail -n 1)" groups_have_the_same_total_with_top
for columns in 40 80; do
	COLUMNS=$columns "$PYCSTAT" processes --by command "$golden" >out
	is "$(helper -c 'import sys
print([line for line in open("out", encoding="utf-8") if len(line) > int(sys.argv[1]) + 1])' $columns)" \
		'[]' "groups_fit_${columns}_columns"
done
fails by_nothing_known '--by author: not one of recording.command.package' summary --by author "$golden"
fails groups_by_source '--sort source: with --by' modules --by package --sort source "$golden"
fails summary_sorted "--sort: not an option of 'summary' without --by" summary --sort cpu "$golden"

# --paths, for compileall -i
"$PYCSTAT" modules --paths "$golden" >list
is "$(cat list)" "$(helper -c 'import json
print("\n".join(sorted({m["source"] for m in json.load(open("modules.json"))["modules"] if m["compiled"] > 0})))')" \
	paths_are_the_sources_that_were_compiled
mkdir app
for name in a 'b c' $'\xfc' ü; do echo 'x = 1' >"app/$name.py"; done
echo 'x = 1' >app/idle.py
python=$(python3_path)
for name in a 'b c' $'\xfc' ü; do
	traced "$TMP/run" "$python" -S -c '
import importlib.util, os, sys
name = os.fsdecode(sys.argv[1])
spec = importlib.util.spec_from_file_location("m", os.path.join(os.getcwd(), "app", name + ".py"))
spec.loader.exec_module(importlib.util.module_from_spec(spec))' "$name"
done
"$PYCSTAT" modules --paths run | grep "^$TMP/app/" >list
is "$(wc -l <list)" 3 paths_have_names_with_blanks_and_in_utf_8
like "$("$PYCSTAT" modules --paths run 2>&1 >out)" 'left out, as compileall -i reads lines of UTF-8' \
	paths_that_compileall_cannot_take_are_told
rm -r app/__pycache__
check paths_are_taken_by_compileall clean_env LC_ALL=C.UTF-8 "$python" -m compileall -q -i list
is "$(find app -name '*.pyc' | wc -l)" 3 paths_make_compileall_compile_no_more
fails paths_as_json '--paths is a list of its own: not with --json' modules --paths --json "$golden"

# names are readable in a pipe, whatever the locale
check names_are_readable_in_the_c_locale grep -q '/app/ü.py$' <(LC_ALL=C "$PYCSTAT" modules run)

# events
events() { "$PYCSTAT" events --json "$@" "$golden" >out; }
"$PYCSTAT" events --json "$golden" >all
# kept EXPRESSION: the events of all for which it is true are those in `out`
kept() {
	helper -c 'import json, sys
e = [line for line in open("all") for e in [json.loads(line)] if eval(sys.argv[1])]
assert 0 < len(e) < len(open("all").readlines()), len(e)
assert e == open("out").readlines(), (len(e), open("out").read())' "$1"
}
events --pid 101
check events_of_a_pid_are_its_own kept 'e["pid"] == 101'
events --op lookup,mkdir
check events_of_operations_are_those kept 'e["op"] in ("lookup", "mkdir")'
events --module shop.orders.urls
check events_of_a_module_are_of_its_files kept '"orders/urls.py" in e["path"] or "orders/__pycache__/urls." in e["path"]'
middle=$(sed -n 's/.*"time": \([0-9.]*\),.*/\1/p' all | sort | sed -n 40p)
events --since "$middle"
check events_since_a_time_are_later kept "e['time'] >= $middle"
events --since 1m
is "$(wc -l <out)" 0 events_of_the_last_minute_are_none_of_an_old_recording
events --since '2023-11-14 22:13'
same events_since_a_date_are_all out all
events --op lookup --pid 101 --module orders/urls.py
check events_pass_all_filters kept 'e["op"] == "lookup" and e["pid"] == 101 and "urls" in e["path"]'
fails since_no_time '--since soon: no time, as 10m' events --since soon "$golden"
fails op_unknown "--op lookups: no such operation: did you mean 'lookup'" events --op lookups "$golden"
fails pid_no_number '--pid x: not a number' events --pid x "$golden"

# --fail-if
fail_if() {
	"$PYCSTAT" "$@" "$golden" >out 2>err
	echo $?
}
is "$(fail_if summary --fail-if 'compiled>0')" 2 fail_if_of_a_true_condition_ends_with_2
like "$(cat err)" 'compiled' fail_if_names_the_condition
check fail_if_prints_the_answer_nevertheless grep -q look-ups out
is "$(fail_if --fail-if 'compiled>14' --fail-if 'ready_seconds>60')" 0 fail_if_of_false_conditions_ends_with_0
is "$(fail_if --fail-if 'compiled>14' --fail-if 'lost_events==5')" 2 fail_if_of_one_true_condition_of_several_ends_with_2
is "$(fail_if modules --fail-if 'compile_seconds>0.01')" 2 fail_if_takes_seconds
is "$(fail_if processes --json --fail-if 'compile_seconds>0.02')" 0 fail_if_takes_seconds_that_are_less
is "$("$PYCSTAT" diff --fail-if 'compiled>0' "$golden" "$golden" >out 2>err; echo $?)" 0 fail_if_of_no_change_ends_with_0
is "$("$PYCSTAT" diff --fail-if 'compiled>=0' "$golden" "$golden" >out 2>err; echo $?)" 2 fail_if_compares_the_change
fails fail_if_of_an_unknown_key 'compield' summary --fail-if 'compield>0' "$golden"
fails fail_if_without_a_number 'compiled' summary --fail-if 'compiled' "$golden"

# why there is no story
traced "$TMP/run" "$python" -S app/a.py
rm run
traced "$TMP/run" "$python" -S app/a.py
why() { "$PYCSTAT" why "$1" run 2>&1 | tail -n +2 | tr '\n' ' '; }
like "$(why app/a.py)" "Its source, .*app/a.py, was read [0-9]* times?, but no pyc was looked for: a main script" \
	why_of_a_main_script_says_that_its_source_was_read
like "$(why sys)" 'never looked up: sys is built into' why_of_a_built_in_module_says_so
like "$(why runpy)" 'never looked up: runpy is frozen into|looked for it' why_of_a_frozen_module_says_so
like "$(why /x/y.zip/m.py)" 'zipimport loads it' why_of_a_module_in_a_zip_says_so
