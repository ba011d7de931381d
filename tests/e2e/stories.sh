#!/bin/bash
# SPDX-License-Identifier: MIT
#
# `pycstat why` reports what happened in real runs, and claims no more than that.

. "$(dirname "$0")/../lib.sh"

cd "$TMP" || exit 1
export LC_ALL=C.UTF-8 TZ=UTC
python=$(python3_path)
py_info "$python"

# why RECORDING QUERY: print the story in one line
why() { "$PYCSTAT" why "$2" "$1" 2>&1 | tr -s '\n ' ' '; }

# a pyc without a source
mkdir gone
echo 'V = 1' >gone/gonemod.py
clean_env "$python" -m compileall -q -b gone
rm gone/gonemod.py
traced "$TMP/gone.rec" PYTHONPATH=gone "$python" -c 'import gonemod'
story=$(why gone.rec gonemod)
like "$story" 'source none was there pyc [^ ]*/gonemod\.pyc ' story_of_a_pyc_without_source_names_no_source
like "$story" 'found it, without a source, and used it \(hit\)\.' story_of_a_pyc_without_source_says_so
like "$story" 'was found and used; there is no source beside it\.' conclusion_of_a_pyc_without_source_says_so
is "$(stat_json gone.rec modules '[m["source_seen"] for m in d["modules"] if "gonemod" in m["pyc"]]')" \
	'[false]' json_of_a_pyc_without_source_says_so
like "$("$PYCSTAT" modules gone.rec)" '[^ ]*/gonemod\.pyc' modules_names_the_pyc_that_has_no_source

# a module in a zip archive has no look-up
mkdir zip
echo 'V = 1' >zip/zipmod.py
(cd zip && clean_env "$python" -m zipfile -c ../zip.zip zipmod.py)
traced "$TMP/zip.rec" PYTHONPATH="$TMP/zip.zip" "$python" -c 'import zipmod'
story=$(why zip.rec zipmod)
like "$story" 'no look-up of zipmod is in this recording' story_of_a_zips_module_says_that_there_is_none
like "$story" 'Modules from zips, built-in and frozen modules have none' story_of_a_zips_module_says_why

# a module with a syntax error is not reported as refused by deny mode
mkdir deny
echo 'V = 1' >deny/good.py
echo 'def (' >deny/bad.py
import='
import sys
for name in sys.argv[1:]:
    try: __import__(name)
    except SyntaxError: pass'
traced "$TMP/deny.rec" PYCSHIM_MODE=deny PYTHONPATH=deny "$python" -c "$import" good bad
like "$(why deny.rec good)" 'not kept, as deny mode wants\. $' story_of_a_denied_module_says_so
story=$(why deny.rec bad)
like "$story" 'probably it does not compile \(SyntaxError\)' story_of_a_syntax_error_under_deny_says_so
is "$(grep -c 'deny mode wants' <<<"$story")" 0 story_of_a_syntax_error_under_deny_does_not_blame_deny
traced "$TMP/deny1.rec" PYCSHIM_MODE=deny PYTHONPATH=deny "$python" -c "$import" bad
like "$(why deny1.rec bad)" 'it did not compile, or PYTHONDONTWRITEBYTECODE' \
	story_of_a_syntax_error_alone_under_deny_is_not_sure

# a pyc that this user may not read
mkdir unreadable
echo 'V = 1' >unreadable/private.py
clean_env "$python" -m compileall -q unreadable
chmod 000 unreadable/__pycache__/*
chmod 555 unreadable/__pycache__ unreadable
is_root && chown -R 65534 unreadable
without=() # capabilities by which root could read it
! is_root || without=(setpriv --bounding-set=-all --inh-caps=-all --)
traced "$TMP/unreadable.rec" PYTHONPATH=unreadable "${without[@]}" "$python" -c 'import private'
story=$(why unreadable.rec private)
like "$story" 'because the pyc is there and could not be read \(EACCES, permission denied\)' \
	story_of_an_unreadable_pyc_says_why
like "$("$PYCSTAT" unreadable.rec | sed 's, \\$,,' | tr -s '\n ' ' ')" \
	'1 pyc is there and could not be read \(EACCES, permission denied\): .* unreadable: Make them readable: chmod -R a\+rX [^ ]*/unreadable/__pycache__\.' \
	advice_on_an_unreadable_pyc_says_why
is "$("$PYCSTAT" unreadable.rec | grep -c 'compileall:')" 0 advice_on_an_unreadable_pyc_is_not_to_make_it_again
chmod 755 unreadable unreadable/__pycache__

# workers with equal stories
mkdir folded
echo 'V = 1' >folded/same.py
for _ in 1 2 3 4 5; do
	traced "$TMP/folded.rec" PYCSHIM_MODE=deny PYTHONPATH=folded "$python" -c 'import same'
done
story=$(why folded.rec same)
is "$(grep -o 'it was not there (miss)' <<<"$story" | wc -l)" 1 story_of_equal_misses_tells_one
like "$story" ' 4 processes did the same 4 more times, until [0-9:.]*: [0-9.]* (us|ms|s) of CPU\.' \
	story_of_equal_misses_counts_the_others
like "$story" 'compiled 5 times' conclusion_of_equal_misses_counts_all
