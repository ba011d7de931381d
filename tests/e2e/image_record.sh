#!/bin/bash
# SPDX-License-Identifier: MIT
#
# pycstat image --record: a source costs what its compile took in the recording; the others are
# reckoned by what the recording has for a byte.

. "$(dirname "$0")/../lib.sh"

cd "$TMP" || exit 1

# of EXPRESSION: a value of `d`, the JSON of the image, and `i`, its only row
of() { helper -c 'import json, sys; d = json.load(open("json")); i = d["packages"][0]; t = d["interpreters"][0]; print(eval(sys.argv[1]))' "$1"; }

while read -r python; do
	py_info "$python"
	[ "$py_major" = 3 ] || continue # Python 2 has no end mark of a compile
	rm -rf tree rec && mkdir -p "tree$TMP"
	app=tree$TMP/app
	mkdir -p "$TMP/app" "$app"
	# a, b and other have 16 KiB each; changed has other content in the image
	helper -c '
for name in ("a", "b", "other", "changed"):
    with open("app/%s.py" % name, "w") as file:
        for number in range(400):
            file.write("v%03d = [a.b(c) for a in ()]; x = (1, 2, 3)\n" % number)'
	cp app/*.py "$app/"
	echo 'x = 1' >>"$app/changed.py"
	(cd app && traced "$TMP/rec" "$python" "${py_flags[@]}" -c '
import sys
sys.path.insert(0, sys.argv[1])
import a, b, changed' "$TMP/app")
	rm -rf app/__pycache__
	is "$(stat_json rec modules 'sorted((m["source"].rsplit("/", 1)[1], m["compiled"]) for m in d["modules"] if "/app/" in m["source"])')" \
		'[["a.py", 1], ["b.py", 1], ["changed.py", 1]]' "record_by_${py_name}_has_three_modules"
	took=$(stat_json rec modules 'sum(m["compile_seconds"] for m in d["modules"] if m["source"].endswith(("/a.py", "/b.py")))')
	bytes=$(stat -c %s app/a.py)

	# the image has a library, so that its interpreter is known
	mkdir -p "tree/usr/lib/$([ "$py_kind" = pypy ] && echo pypy || echo python)$py_major.$py_minor"
	echo 'x = 1' >"tree/usr/lib/$(ls tree/usr/lib)/m.py"
	"$PYCSTAT" image --root tree --json --record rec "$TMP/app" /usr/lib >json 2>err
	is "$?:$(cat err)" 0: "image_with_a_record_by_${py_name}_is_silent"
	is "$(of "i['package'], i['missing'], t['recorded_sources'], abs(t['recorded_seconds'] - $took) < 1e-6, t['cost_from']")" \
		"('app', 4, 2, True, 'recording')" "image_with_a_record_by_${py_name}_has_its_exact_costs" "$took $(cat json)"
	is "$(of "0.99 < i['compile_seconds'] / ($took * (2 + 2 + 7 / $bytes) / 2) < 1.01")" True \
		"image_with_a_record_by_${py_name}_reckons_the_others_by_it" "$took $(cat json)"
	like "$("$PYCSTAT" image --root tree --record rec "$TMP/app" /usr/lib | tr -s ' \n' ' ')" \
		"of CPU \(recorded\) at .*COMPILE of $py_tag: 2 of 5 sources cost what the recording says, [0-9.]+ m?s, and the others as much for each byte" \
		"image_with_a_record_by_${py_name}_tells_it"

	# relative paths; what has a valid pyc costs nothing; a source too few for a price of others
	clean_env "$python" "${py_flags[@]}" -c 'import py_compile; py_compile.compile("app/b.py", doraise=True)'
	"$PYCSTAT" image --json --record rec app >json 2>err
	one=$(stat_json rec modules 'sum(m["compile_seconds"] for m in d["modules"] if m["source"].endswith(("/a.py", "/changed.py")))')
	is "$(of "t['recorded_sources'], abs(t['recorded_seconds'] - $one) < 1e-6")" "(2, True)" \
		"image_with_a_record_by_${py_name}_takes_what_is_not_valid" "$one $(cat json)"
	rm -rf app/__pycache__ app/changed.py app/other.py
	"$PYCSTAT" image --json --root / --record rec "$TMP/app" "$TMP/tree/usr/lib" >json 2>err
	is "$(of "t['recorded_sources']")" 2 "image_with_a_record_by_${py_name}_follows_absolute_paths" "$(cat json)"

	# -B leaves no mark of a compile's end, so what is recorded is only a limit
	rm -f rec
	(cd app && traced "$TMP/rec" "$python" "${py_flags[@]}" -B -c '
import sys
sys.path.insert(0, sys.argv[1])
import a, b
for _ in range(10**6): pass' "$TMP/app")
	"$PYCSTAT" image --json --root / --record rec "$TMP/app" "$TMP/tree/usr/lib" >json 2>err
	is "$(of "i['missing'], t['recorded_sources'] <= 1")" "(2, True)" "image_with_a_record_by_${py_name}_takes_no_limit_for_a_cost" "$(cat json)"
done < <(pythons)

"$PYCSTAT" image --json --record none app >json 2>err
is "$?:$(of "t['cost_from']" 2>/dev/null)" 1:size image_with_a_record_that_is_missing_fails_and_prints_what_it_has
like "$(cat err)" "^pycstat: none: " image_with_a_record_that_is_missing_says_so
