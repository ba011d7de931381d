#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What pycstat tells of a run that took its pycs from a store, and of the store that real
# interpreters have filled.

. "$(dirname "$0")/../lib.sh"

cd "$TMP" || exit 1
umask 077

# json FILE EXPRESSION: the value of a Python expression on the document `d`.
json() { helper -c 'import json, sys; d = json.load(open(sys.argv[1])); print(eval(sys.argv[2]))' "$1" "$2"; }

# run PYTHON DIRECTORY RECORDING: import what is in the directory, with the store.
run() {
	clean_env PYCSHIM_STORE="$TMP/store" PYCSHIM_RECORD="$TMP/$3" LD_PRELOAD="$LIB" \
		"$1" -I -S -c 'import sys; sys.path.insert(0, sys.argv[1]); import shop' "$TMP/$2"
}

# make DIRECTORY
make() {
	mkdir "$1"
	printf 'import sell, stock\n' >"$1/shop.py"
	helper -c 'for i in range(300): print("def sell%d(a, b=%d):\n    return [a * b for b in range(b)]" % (i, i))' >"$1/sell.py"
	printf 'STOCK = {"apple": 1}\n' >"$1/stock.py"
}

for python in $PYTHONS; do
	"$python" -c 'import sys; sys.exit(sys.version_info < (3, 6))' 2>/dev/null || continue
	name=$("$python" -c 'import sys; print("%s-%d.%d" % ((sys.implementation.name,) + sys.version_info[:2]))')
	rm -rf one two store first second
	make one
	run "$python" one first
	make two
	touch -d 2001-01-01 two/*.py
	run "$python" two second
	"$PYCSTAT" --json second >summary
	is "$(json summary '[d["totals"][key] for key in ("reused", "compiled", "waited")]')" "[3, 0, 0]" \
		"summary_of_a_warm_store_by_${name}_counts_reuses"
	is "$(json summary 'd["totals"]["saved_seconds"] > 0.0005')" True "summary_of_a_warm_store_by_${name}_has_saved_seconds"
	"$PYCSTAT" store --json -o second store >listing
	is "$(json listing '(d["reused"], d["saved_seconds"] > 0.0005, d["entries"] >= 3, d["others"], d["unfinished"], len(d["interpreters"]))')" \
		"(3, True, True, 0, 0, 1)" "store_filled_by_${name}_is_listed" "$(cat listing)"
	is "$("$python" -c 'import sys; print(sys.implementation.cache_tag)')" "$(json listing 'd["interpreters"][0]["tag"]')" \
		"store_filled_by_${name}_names_its_tag"
	"$PYCSTAT" store verify --sample 0 --python "$python" --json store >verified
	is "$? $(json verified '(d["compiled"] >= 3, d["differing"], d["damaged"], d["no_interpreter"])')" "0 (True, 0, 0, 0)" \
		"store_filled_by_${name}_has_the_code_of_its_sources" "$(cat verified)"
done
[ -e summary ] || skip_all "no Python 3.6 or newer"

"$PYCSTAT" second >text
like "$(cat text)" 'reused +3 +from the store, saved [0-9.]+ [mu]?s of CPU' summary_tells_reuses
is "$("$PYCSTAT" first | grep -c 'reused\|waited')" 0 summary_without_reuses_is_silent_about_them
is "$("$PYCSTAT" modules first | grep -c 'REUSED\|WAIT')" 0 modules_without_reuses_have_no_column
"$PYCSTAT" modules --sort saved_seconds second >text
like "$(head -n 2 text)" 'REUSED +SAVED .*SOURCE.* 1 +[0-9.]+ [mu]?s +[^ ]*/two/sell.py$' modules_tell_reuses
"$PYCSTAT" processes second >text
like "$(head -n 1 text)" 'REUSED +SAVED' processes_tell_reuses
"$PYCSTAT" modules --json second >modules.json
is "$(json modules.json 'sorted((m["reused"], m["saved_seconds"] > 0) for m in d["modules"] if "/two/" in m["source"])')" \
	"[(1, True), (1, True), (1, True)]" modules_as_json_tell_reuses
"$PYCSTAT" why sell second >text
like "$(tr -s ' \n' ' ' <text)" 'took it from the store: compiled (from [^ ]*/one/sell.py )?in [0-9.]+ [mu]?s of CPU' why_tells_the_store
like "$(tr -s ' \n' ' ' <text)" 'never compiled: taken from the store once, which saved' why_concludes_with_the_store
"$PYCSTAT" why --json sell second >why.json
is "$(json why.json '[e["op"] for e in d["modules"][0]["events"] if e["op"] == "reuse" and e["saved_seconds"] > 0]')" "['reuse']" why_as_json_has_the_reuse
"$PYCSTAT" events --json second | grep '"reuse"' | head -n 1 >event
is "$(json event '(d["op"], d["bytes"], d["nanoseconds"] > 0, "from" in d)')" "('reuse', 0, True, True)" event_of_a_reuse_has_its_time
"$PYCSTAT" store prune --max 1 store >text
is "$? $(find store -name '*.[0-9]*' -type f | wc -l)" "0 0" store_in_use_is_emptied
rm -rf three && make three
run "$python" three third
"$PYCSTAT" --json third >summary
is "$(json summary '[d["totals"][key] for key in ("reused", "compiled")]')" "[0, 3]" store_that_was_emptied_answers_nothing
"$PYCSTAT" store --json store >listing
is "$(json listing 'd["entries"] >= 3')" True store_that_was_emptied_is_filled_again
