#!/bin/bash
# SPDX-License-Identifier: MIT
#
# pycstat diff tells what changed between two sets of recordings, per start, and whether the
# advice of the first one came true.

. "$(dirname "$0")/../lib.sh"

can_mount || skip_all "no mounts here"
cd "$TMP" || exit 1
python=$(python3_path)
library=$(clean_env "$python" -S -c 'import os; print(os.path.dirname(os.__file__))')
mkdir -p app/shop old new
: >app/shop/__init__.py
cp "$library/argparse.py" app/shop/a.py
cp "$library/textwrap.py" app/shop/b.py
cp "$library/tarfile.py" app/shop/c.py
cp "$library/difflib.py" app/shop/d.py
cp "$library/calendar.py" app/shop/e.py
echo 'import shop.a, shop.b, shop.c' >app/run.py

# start RECORDING: one start of the program, which may not write its pycs
start() {
	readonly_mount "$TMP/app" env -i PATH="$SYSTEM_PATH" LD_PRELOAD="$LIB" PYCSHIM_RECORD="$TMP/$1" \
		"$python" -S app/run.py
}
# of EXPRESSION: a value of the JSON of the comparison
of() { helper -c 'import json, sys; d = json.load(open(sys.argv[1])); print(eval(sys.argv[2]))' "$TMP/json" "$1"; }

for ((i = 0; i < 5; i++)); do start "old/$i"; done
command=$(stat_json old/0 summary "[a['command'] for a in d['advice'] if a['code'] == 'compileall'][0]")
env -i PATH="$SYSTEM_PATH" sh -c "$command"
rm -f app/shop/__pycache__/e.*
echo 'import shop.d, shop.e' >>app/run.py
touch -d '2020-01-01' app/shop/b.py
for ((i = 0; i < 3; i++)); do start "new/$i"; done

"$PYCSTAT" diff --json old new >json 2>err
is "$?:$(cat err)" 0: diff_of_directories_reads_all_recordings_in_them
is "$(of "d['schema'], d['before']['starts'], d['after']['starts']")" "('pycshim.diff/1', 5, 3)" diff_counts_the_starts_of_each_set
is "$(of "d['before']['totals']['compiled'], d['after']['totals']['compiled'], d['change']['totals']['compiled']")" \
	"(4, 2, -2)" diff_counts_per_start
is "$(of "sorted((m['source'].split('/')[-1], m['change']) for m in d['modules'])")" \
	"[('__init__.py', 'no_longer_compiled'), ('a.py', 'no_longer_compiled'), ('b.py', 'other_reason'), ('c.py', 'no_longer_compiled'), ('e.py', 'newly_compiled')]" \
	diff_names_the_modules_that_differ
is "$(of "[(m['before'] and m['before']['reason'], m['after'] and m['after']['reason']) for m in d['modules']][:2]")" \
	"[(None, 'miss'), ('miss', 'stale: mtime')]" diff_names_the_worst_first_with_its_reason
check diff_measures_what_was_promised helper -c '
import json
d = json.load(open("json"))
promise = [p for p in d["promised"] if p["code"] == "compileall"][0]
change = d["change"]["totals"]["compile_seconds"]
assert promise["followed"] and 0.8 < promise["measured_seconds"] / -change <= 1, promise
assert promise["saves_seconds"] > promise["measured_seconds"] > 0, promise
redirect = [p for p in d["promised"] if p["code"] == "redirect"][0]
assert not redirect["followed"], redirect
assert d["before"]["ready_seconds"] > 0 and d["after"]["ready_seconds"] > 0, d'

"$PYCSTAT" diff old new >text
check diff_lists_new_modules grep -q '  miss, new  .*/shop/e.py$' text
check diff_lists_modules_with_another_reason grep -q 'stale: mtime, was miss  .*/shop/b.py$' text
check diff_lists_modules_that_are_no_longer_compiled grep -q 'miss, now a hit  .*/shop/c.py$' text
check diff_says_what_was_promised grep -Eq '^  compileall: promised [0-9.]+ ms of CPU at each start, got [0-9.]+ ms: [0-9]+ %\.$' text
for columns in 40 80; do
	COLUMNS=$columns "$PYCSTAT" diff old new >narrow
	is "$(helper -c 'import sys
print([line for line in open("narrow", encoding="utf-8") if len(line) > int(sys.argv[1]) + 1])' $columns)" \
		'[]' "diff_fits_${columns}_columns"
done
is "$("$PYCSTAT" diff -n 1 old new | grep -c '/shop/[a-z_]*.py$')" 3 diff_lists_as_many_as_top_says

# commas make a set; a name with a comma is one recording
"$PYCSTAT" diff --json old/0,old/1 new/0 >json
is "$(of "d['before']['starts'], d['after']['starts']")" "(2, 1)" diff_takes_a_list_with_commas
cp old/0 'a,b'
"$PYCSTAT" diff --json a,b new/0 >json
is "$(of "d['before']['recordings']")" "['a,b']" diff_takes_a_name_with_a_comma
"$PYCSTAT" diff old old >text
check diff_of_equal_sets_says_so grep -q '^The same modules are compiled, for the same reasons\.$' text

# what cannot be compared
fails() {
	local want=$1 regex=$2 name=$3
	shift 3
	"$PYCSTAT" diff "$@" >out 2>err </dev/null
	is "$?" "$want" "${name}_fails"
	like "$(head -n 1 err)" "$regex" "${name}_says_why"
}
fails 64 'name two recordings' diff_without_recordings
fails 64 'name two recordings' diff_of_one_recording old
fails 64 'more than two: name two' diff_of_three_recordings old old old
mkdir empty
echo no >empty/text
fails 1 'empty: no recording in this directory' diff_of_an_empty_directory old empty
fails 1 'none: no such recording' diff_of_a_missing_recording old none
head -c 1000 /dev/urandom >random
fails 1 'random: not a recording' diff_of_garbage old random

# redirect: the first start fills the cache, later ones use it
redirected() {
	EXEC='' clean_env LD_PRELOAD="$LIB" PYCSHIM_MODE=redirect PYCSHIM_ROOT="$TMP/shadow" PYCSHIM_RECORD="$TMP/$1" \
		"$python" -S app/run.py
}
find app -name __pycache__ -exec rm -r {} +
rm -f before after
for ((i = 0; i < 3; i++)); do start before; done
for ((i = 0; i < 3; i++)); do redirected after; done
"$PYCSTAT" diff --json before after >json
check diff_compares_later_starts_under_redirect helper -c '
import json
d = json.load(open("json"))
promise = {(p["code"], p["starts"]): p for p in d["promised"]}
later = promise["redirect", "later"]
assert later["followed"] and not promise["compileall", "each"]["followed"], promise
cost = d["before"]["totals"]["compile_seconds"]
assert 0.8 < later["measured_seconds"] / cost <= 1.01, (later, cost)'
