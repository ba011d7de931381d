#!/bin/bash
# SPDX-License-Identifier: MIT
# Pycs that an interpreter refuses: with another interpreter's magic number, if the
# library's table does not have this interpreter's, and damaged pycs, which end the
# import.

. "$(dirname "$0")/../lib.sh"

cat >"$TMP/program.py" <<'PROGRAM'
import sys
if sys.argv[1]:
    sys.implementation.cache_tag = sys.argv[1]
sys.path.insert(0, sys.argv[2])
for name in sys.argv[3:]:
    try:
        __import__(name)
        sys.stdout.write(name + " ")
    except Exception as error:
        sys.stdout.write(type(error).__name__ + " ")
PROGRAM

# imports NAME...: print the result of each import, and for the last one the recorded
# look-ups, hits, stale look-ups, compiles, writes not attempted, and the last reason.
imports() {
	rm -f "$TMP/rec"
	traced "$TMP/rec" timeout 300 "$python" "${py_flags[@]}" -B "$TMP/program.py" "$tag" "$TMP/tree" "$@"
	stat_json "$TMP/rec" modules "[[m[k] for k in ('lookups', 'hits', 'stale', 'compiled', 'not_attempted', 'last_stale_reason')] for m in d['modules'] if m['source'].endswith('/tree/${*: -1}.py')]"
}

# A tree with the pycs of two valid modules and of one whose pyc the test damages.
tree() {
	local name
	rm -rf "$TMP/tree"
	mkdir "$TMP/tree" && cd "$TMP/tree" || exit 1
	for name in good also spoilt; do
		printf '"""Text."""\nvalue = [b"12345678", 1.5, 10**30, (1, 2), u"text"]\n\n\ndef f(x=1):\n    return [x for y in value]\n' >$name.py
	done
	printf 'open(__file__.rstrip("co")).read()\n' >reads_itself.py
	clean_env "$python" "${py_flags[@]}" -B -c '
import os, sys
if sys.argv[1]:
    sys.implementation.cache_tag = sys.argv[1]
import py_compile
for name in "good", "also", "spoilt", "reads_itself":
    py_compile.compile(name + ".py", doraise=True)' "$tag"
	pyc=$(find "$TMP/tree" -name 'spoilt*.py[co]')
	cd "$TOP" || exit 1
}

# spoil OFFSET BYTES: overwrite bytes of that pyc
spoil() { printf '%b' "$2" | dd of="$pyc" bs=1 seek="$1" conv=notrunc status=none; }

another_magic() {
	tag=$2
	tree
	spoil 0 '\0001\0002'
	is "$(imports spoilt)" 'spoilt [[1, 0, 1, 1, 1, "magic"]]' "${py_name}_other_magic_with_$1_is_stale"
	is "$(imports good spoilt)" 'good spoilt [[1, 0, 1, 1, 1, "magic"]]' \
		"${py_name}_other_magic_with_$1_after_a_hit_is_stale"
	is "$(imports good also)" 'good also [[1, 1, 0, 0, 0, null]]' "${py_name}_own_magic_with_$1_is_a_hit"
	is "$(imports good also reads_itself)" 'good also reads_itself [[1, 1, 0, 0, 0, null]]' \
		"${py_name}_own_magic_with_$1_learnt_is_a_hit_though_the_source_is_read"
}

# told NAME: `pycstat why` does not say that the damaged pyc was used
told() {
	local story
	story=$("$PYCSTAT" why spoilt "$TMP/rec" | tr -s '\n ' ' ')
	is "$(grep -c 'used it\|found and used\|was used' <<<"$story")" 0 "$1_is_not_told_as_used" "$story"
	like "$story" "$2" "$1_is_told"
}

damaged() {
	local header=16 bytes cut
	[ "$py_major" = 3 ] || header=8
	[ "$py_major$py_minor" != 36 ] || header=12
	tag=
	tree
	bytes=$(stat -c %s "$pyc")
	if [ "$py_kind" = cpython ] && [ "$py_major" = 3 ]; then
		cut="$header $((header + 1)) $((header + 40)) $((bytes / 2)) $((bytes - 9)) $((bytes - 1))"
	else
		cut=$header # everything else is read unseen, or in pieces
	fi
	for bytes in $cut; do
		tree
		truncate -s "$bytes" "$pyc"
		like "$(imports good also spoilt)" '^good also [A-Z][A-Za-z]*Error \[\[1, 0, 1, 0, 0, "truncated"\]\]$' \
			"${py_name}_pyc_of_${bytes}_bytes_is_damaged"
	done
	told "${py_name}_damaged_pyc" 'damaged.*(delete|remove) it'
	tree
	spoil "$header" '\0000\0000\0000\0000\0000\0000\0000\0000'
	like "$(imports good also spoilt)" '^good also [A-Z][A-Za-z]*Error \[\[1, 0, 1, 0, 0, "truncated"\]\]$' \
		"${py_name}_pyc_of_zeros_is_damaged"
}

sourceless() {
	tag=
	tree
	mv "$pyc" "$TMP/tree/spoilt.pyc" 2>/dev/null
	rm "$TMP/tree/spoilt.py"
	pyc=$TMP/tree/spoilt.pyc
	is "$(imports good also spoilt)" 'good also spoilt [[1, 1, 0, 0, 0, null]]' "${py_name}_sourceless_pyc_is_a_hit"
	spoil 0 '\0003\0363' # the magic of 2.7, or for 2.7 another one
	[ "$py_major" = 3 ] || spoil 0 '\0313\0015'
	is "$(imports good also spoilt)" 'good also ImportError [[1, 0, 1, 0, 0, "magic"]]' \
		"${py_name}_sourceless_pyc_of_another_magic_is_stale"
	told "${py_name}_sourceless_pyc_of_another_magic" 'magic'
}

for python in $(pythons); do
	py_info "$python"
	if [ "$py_major" = 3 ]; then
		another_magic its_own_tag ''
		another_magic an_unknown_tag cpython-399
		[ "$py_kind$py_minor" = cpython8 ] || another_magic the_tag_of_another cpython-38
	fi
	damaged
	sourceless
done
