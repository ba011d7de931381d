#!/bin/bash
# SPDX-License-Identifier: MIT
# pycstat's report of real runs: the cost of each compile, and the reason why a pyc was
# not kept.

. "$(dirname "$0")/../lib.sh"

cd "$TMP" || exit 1

# told COMMAND...: print the summary of a run in one line.
told() {
	rm -f recording
	clean_env "$PYCSHIM" -o "$TMP/recording" "$@" >out 2>err </dev/null
	"$PYCSTAT" recording | tr -s '\n ' ' '
}

# Two packages with the same name, of which one imports the other: their modules share a
# key.
twins() {
	mkdir -p "$1/outer/http" "$1/http"
	printf 'from outer.http.cookie import x\n' >"$1/outer/http/__init__.py"
	printf 'import http.second\nx = 1\n' >"$1/outer/http/cookie.py"
	: >"$1/outer/__init__.py"
	: >"$1/http/__init__.py"
	printf 'import last\n' >"$1/http/second.py"
	: >"$1/last.py"
	: >"$1/after.py"
}

for python in $(pythons); do
	py_info "$python"
	[ "$py_major" = 3 ] || continue
	twins "$py_name"
	told "$python" "${py_flags[@]}" -B -c \
		"import sys; sys.path.insert(0, '$TMP/$py_name'); import outer.http, after" >summary
	is "$(stat_json recording modules "' '.join('%s:%d:%s' % (m['source'].split('$py_name/')[-1], m['compiled'], m['compile_seconds'] > 0) for m in sorted(d['modules'], key=lambda m: m['source']) if '$py_name/' in m['source'] and 'after' not in m['source'])")" \
		"http/__init__.py:1:True http/second.py:1:True last.py:1:True outer/__init__.py:1:True outer/http/__init__.py:1:True outer/http/cookie.py:1:True" \
		"${py_name}_modules_of_one_name_have_their_own_cost"
	is "$("$PYCSTAT" events --json recording |
		grep -c '"op": *"compile".*/outer/http/__init__.py')" 1 \
		"${py_name}_module_of_one_name_is_compiled_once"
	# after the last compile the process ends or does unrelated work
	while IFS=: read -r before follows; do
		told "$python" "${py_flags[@]}" -B -c \
			"import os, sys, time; sys.path.insert(0, '$TMP/$py_name'); import last$follows" >summary
		burnt=$(cat out)
		is "$(stat_json recording modules "[(m['compiled'], m['compile_at_most'], 0 < m['compile_seconds'] < ${burnt:-9} / 2) for m in d['modules'] if m['source'].endswith('/last.py')]")" \
			"[[1, true, true]]" "${py_name}_last_compile_under_dash_b_before_${before}_has_its_cost"
	done <<-'END'
		end:
		quick_end:; os._exit(0)
		other_work:; open("/dev/null"); begin = time.process_time(); sum(range(10**7)); print(time.process_time() - begin)
	END
done
# The estimated size of pycs is about right even if the recording has no pyc to measure
# by.
for python in $(pythons); do
	py_info "$python"
	[ "$py_major$py_minor" -ge 38 ] || continue
	program='import asyncio, email.message, unittest'
	told "$python" "${py_flags[@]}" -B -X pycache_prefix="$TMP/none" -c "$program" >summary
	clean_env "$python" "${py_flags[@]}" -X pycache_prefix="$TMP/all/$py_name" -c "$program"
	real=$(find "$TMP/all/$py_name" -name '*.pyc' -printf '%s\n' | awk '{ sum += int(($1 + 4095) / 4096) * 4096 } END { print sum }')
	check "${py_name}_pycs_that_nobody_has_seen_have_about_their_size" \
		test "$(stat_json recording summary "abs([a['costs_bytes'] for a in d['advice'] if a['code'] == 'dontwritebytecode'][0] / $real - 1) < 0.15")" = true
done
python=$(python3_path)
py_info "$python"

# When a process is killed, only the cost of its last compile is unknown.
summary=$(told "$python" "${py_flags[@]}" -B -c "import os, sys; sys.path.insert(0, '$TMP/$py_name'); import last; os.kill(os.getpid(), 9)")
unmeasured="sum(r['compile_not_measured'] for r in d['modules']), [r['compile_not_measured'] for r in d['modules'] if r['source'].endswith('/last.py')]"
is "$(stat_json recording summary .compile_not_measured) $(stat_json recording processes .processes[0].compile_not_measured) $(stat_json recording modules "[$unmeasured]")" \
	"1 1 [1, [1]]" compile_that_nothing_follows_is_counted_as_not_measured
like "$summary" 'compiled [0-9]+ (at most [0-9.]+ [mu]?s of CPU, 1 not measured|.*of [0-9]+, 1 not measured|cost not measured)' \
	compile_that_nothing_follows_is_told_as_not_measured
is "$(grep -c ' 0 s' <<<"$summary")" 0 compile_that_nothing_follows_is_not_told_to_cost_nothing "$summary"
like "$("$PYCSTAT" why last recording | tr -s '\n ' ' ')" 'compiled once, what that cost was not measured, because' \
	compile_that_nothing_follows_has_its_story
like "$("$PYCSTAT" modules recording | grep /last.py)" '^ *- +1 ' compile_that_nothing_follows_has_no_seconds
summary=$(told "$python" "${py_flags[@]}" -B -c "import os, sys; sys.path.insert(0, '$TMP/$py_name'); import after, last; os.kill(os.getpid(), 9)")
like "$summary" 'compiled [0-9]+ at most [0-9.]+ [mu]?s of CPU(, [^,]* of start-up)?, 1 not measured' \
	compile_that_nothing_follows_is_told_behind_the_others_cost

told "$python" "${py_flags[@]}" -c $'import sys\n\nfor x in sys.path:\n    pass' >summary
like "$(COLUMNS=200 "$PYCSTAT" processes recording)" "'import sys for x in sys.path: pass'" \
	program_of_many_lines_is_told_in_words

mkdir broken
printf 'x = (\n' >broken/mistaken.py
: >broken/sound.py
import="import sys; sys.path.insert(0, '$TMP/broken')
import sound
try:
    import mistaken
except SyntaxError:
    print('mistaken')"
summary=$(told "$python" "${py_flags[@]}" -c "$import")
like "$summary" 'Nothing to do: what could be compiled was kept' broken_source_gives_no_advice
like "$("$PYCSTAT" why mistaken recording | tr -s '\n ' ' ')" \
	'not kept: probably it does not compile \(SyntaxError\)' broken_source_is_told_as_such
rm -r broken/__pycache__
summary=$(told -m deny "$python" "${py_flags[@]}" -c "$import")
like "$("$PYCSTAT" why mistaken recording | tr -s '\n ' ' ')" \
	'not kept: probably it does not compile \(SyntaxError\)' broken_source_in_deny_is_told_as_such
like "$("$PYCSTAT" why sound recording | tr -s '\n ' ' ')" 'EROFS' sound_source_in_deny_is_told_as_refused
told -m deny "$python" "${py_flags[@]}" -B -c "$import" >summary
is "$("$PYCSTAT" why mistaken recording | tr -s '\n ' ' ' | grep -c 'which deny mode would have refused')" 1 \
	broken_source_in_deny_under_dash_b_is_told_as_maybe_broken
printf 'x = )\n' >broken/wrong.py
told "$python" "${py_flags[@]}" -c "$import
try:
    import wrong
except SyntaxError:
    pass" >summary
like "$("$PYCSTAT" why wrong recording | tr -s '\n ' ' ')" 'though others were kept \(.*, or it did not compile\)' \
	broken_sources_beside_a_sound_one_are_not_told_as_dash_b
rm -r broken/wrong.py broken/__pycache__
summary=$(told "$python" "${py_flags[@]}" -B -c "$import")
like "$summary" 'dontwritebytecode: Without that setting' dash_b_is_told_as_such
like "$("$PYCSTAT" why mistaken recording | tr -s '\n ' ' ')" 'nobody tried to keep it' \
	broken_source_under_dash_b_is_told_as_dash_b

summary=$(told "$python" "${py_flags[@]}" -c "import sys; sys.path.insert(0, '$TMP/broken')
import mistaken")
like "$summary" 'not kept \(PYTHONDONTWRITEBYTECODE, -B, or it did not compile\)' \
	broken_source_alone_is_told_as_maybe_broken
is "$(grep -c 'compileall:' <<<"$summary")" 0 broken_source_alone_gives_no_advice "$summary"
like "$("$PYCSTAT" why mistaken recording | tr -s '\n ' ' ')" '-B, or it did not compile' \
	broken_source_alone_has_its_story

mkdir -m 777 open
chmod 777 open
summary=$(told -m redirect -r "$TMP/open" "$python" "${py_flags[@]}" -c "$import")
like "$summary" 'There was no shadow to use: a line on the run.s standard error says why' \
	redirect_without_a_shadow_counts_nothing_in_it
like "$summary" 'because redirect had no shadow to use.*PYCSHIM_ROOT, set to a directory of its own, would save' \
	redirect_without_a_shadow_is_told_what_to_do
like "$("$PYCSTAT" why sound recording | tr -s '\n ' ' ')" \
	"could not make __pycache__ in $TMP/broken, as redirect had no shadow to use: EROFS" \
	redirect_without_a_shadow_names_the_place
is "$(grep -c 'writable by others; nothing is redirected' err)" 1 redirect_without_a_shadow_says_why

# The disk has room for one pyc and for the beginning of another.
mkdir small
printf 'x = 1\n' >broken/little.py
for ((i = 0; i < 3000; i++)); do echo "def f$i(a): return a + $i"; done >broken/large.py
if can_mount; then
	rm -f recording
	small_tmpfs 64k "$TMP/small" env -i PATH="$SYSTEM_PATH" "$PYCSHIM" -m redirect -r "$TMP/small/shadow" \
		-o "$TMP/recording" "$python" "${py_flags[@]}" -c "import sys; sys.path.insert(0, '$TMP/broken'); import little, large"
	like "$("$PYCSTAT" recording | tr -s '\n ' ' ')" 'written 1 [0-9]+ B write failed 1 ENOSPC' \
		pyc_cut_short_is_not_counted_as_written
	# every output has the same number of bytes, those of the one complete pyc
	whole=$("$PYCSTAT" events --json recording | helper -c 'import json, sys
print(sum(e["bytes"] for e in map(json.loads, sys.stdin) if e["op"] == "write" and "/little." in e["path"]))')
	is "$(stat_json recording summary .totals.bytes_written) $(stat_json recording modules \
		"sum(m['bytes_written'] for m in d['modules'])") $(stat_json recording processes .processes[0].bytes_written)" \
		"$whole $whole $whole" pyc_cut_short_has_no_bytes_written_in_json
	like "$("$PYCSTAT" recording | tr -s '\n ' ' ')" "written 1 $whole B" pyc_cut_short_has_no_bytes_written_in_text
	# In trace, an interpreter before gh-126606 publishes the truncated pyc, and a
	# later start fails.
	rm -f recording
	cat >full.sh <<-'END'
		cp "$1/large.py" "$2/"
		dd if=/dev/zero of="$2/fill" bs=4096 count=8 status=none
		for start in 1 2; do "$3" -o "$4" "$5" -I -S -c "import sys; sys.path.insert(0, '$2'); import large"; done
		find "$2" -name "large.*.pyc" | wc -l
	END
	left=$(small_tmpfs 128k "$TMP/small" env -i PATH="$SYSTEM_PATH" sh "$TMP/full.sh" "$TMP/broken" "$TMP/small" "$PYCSHIM" \
		"$TMP/recording" "$python" 2>/dev/null)
	story=$("$PYCSTAT" why large recording | tr -s '\n ' ' ')
	if [ "$left" = 1 ]; then
		like "$story" 'could not write all of the pyc: ENOSPC.*put the pyc in place cut short.*damaged; remove it' \
			pyc_cut_short_and_published_is_told_as_damaged
		like "$story" 'found it, but it is damaged: .*which ended the import.*In short: compiled once, .* because there was no pyc; it could not be kept .*remove it' \
			pyc_cut_short_that_ends_an_import_is_told_as_damaged
	else
		like "$story" 'In short: compiled twice, .*could not be kept \(ENOSPC' pyc_cut_short_and_removed_is_told_as_not_kept
	fi
	is "$(grep -c 'kept the pyc\|used it' <<<"$story")" 0 pyc_cut_short_is_told_as_neither_kept_nor_used "$story"
else
	skip "no mount namespace" pyc_cut_short_is_not_counted_as_written
fi

if clean_env /usr/bin/python3 -c 'import pytest' 2>/dev/null; then
	mkdir suite
	printf 'def test_one():\n    assert True\n' >suite/test_one.py
	summary=$(told -m deny /usr/bin/python3 -m pytest -q -p no:cacheprovider suite)
	like "$summary" '[0-9]+ pycs? (was|were) not kept, as deny mode wants' deny_of_pytest_is_what_was_wanted
	is "$(grep -c Advice <<<"$summary")" 0 deny_of_pytest_gives_no_advice "$summary"
	summary=$(told -m redirect -r "$TMP/open" /usr/bin/python3 -m pytest -q -p no:cacheprovider suite)
	is "$(grep -c 'compileall.*suite' <<<"$summary")" 0 compileall_is_not_advised_for_pytest "$summary"
else
	skip "no pytest" deny_of_pytest
fi
