#!/bin/bash
# SPDX-License-Identifier: MIT
# The store and interpreters that differ: by an option that changes the code but not the tag, and
# by pycs of other versions that a program reads.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/store.bash"

new_source() {
	rm -rf "${TMP:?}/$1" && mkdir "$TMP/$1" && cd "$TMP/$1" || exit 1
	printf 'def f(x):\n    return x + (x / 0)\n' >m.py
}

# runs [NAME=VALUE...] PYTHON [OPTION...]: m is imported; how many columns its code has
runs() {
	rm -f "$TMP/recording"
	stored "$@" -s -c 'import sys; sys.path.insert(0, "."); import m
print(len({column for line, end, column, end_column in m.f.__code__.co_positions() if column is not None}) > 1)' 2>&1
}

for python in $(pythons3); do
	py_info "$python"
	if [ "$py_kind" = pypy ] || [ "$py_minor" -lt 11 ]; then continue; fi
	for way in PYTHONNODEBUGRANGES=1 option; do
		without=("$python")
		[ "$way" = option ] && without+=(-X no_debug_ranges) || without=("$way" "$python")
		name=${way%%=*}
		rm -rf "$STORE"
		new_source first
		is "$(runs "${without[@]}")" False "${name}_leaves_columns_out"
		new_source second
		is "$(runs "$python") $(counted reused)" 'True [0]' "${name}_does_not_fill_the_store"
		new_source third
		is "$(runs "${without[@]}") $(counted reused)" 'False [0]' "${name}_does_not_use_the_store"
		new_source fourth
		is "$(runs "$python") $(counted reused)" 'True [1]' "store_is_filled_beside_${name}"
	done
	new_source fifth
	is "$(runs PYTHONNODEBUGRANGES=1 "$python" -E) $(counted reused)" 'True [1]' ignored_variable_changes_nothing
done

# An optimised pyc by a name that says nothing of it is not the code of others.
for python in $(pythons3); do
	py_info "$python"
	for way in -O PYTHONOPTIMIZE=2; do
		[ "$way" = -O ] && optimised=("$python" -O) || optimised=("$way" "$python")
		rm -rf "$STORE"
		new_source first
		stored "${optimised[@]}" -s -c 'import sys, py_compile
sys.path.insert(0, ".")
import colorsys # of which PyPy learns its magic number
py_compile.compile("m.py", cfile=sys.argv[1], doraise=True)
print(sys.flags.optimize)' "__pycache__/m.$py_tag.pyc" >"$TMP/log" 2>&1
		like "$(cat "$TMP/log")" '^[12]$' "${py_name}_compiles_with_${way%%=*}"
		is "$(find "$STORE" -name "*.$py_tag.*" 2>/dev/null | wc -l)" 0 "${py_name}_stores_no_plain_pyc_with_${way%%=*}"
	done
done

# PYTHONOPTIMIZE=0 is no optimisation, but up to 3.6 it is.
imports_m() {
	rm -f "$TMP/recording"
	stored "$@" -s -c 'import sys; sys.path.insert(0, "."); import m; print(sys.flags.optimize)' 2>&1
}
for python in $(pythons3); do
	py_info "$python"
	[ "$py_kind" = cpython ] || continue
	rm -rf "$STORE"
	new_source first
	level=$(imports_m PYTHONOPTIMIZE=0 "$python")
	is "$level" "$((py_minor < 7))" "${py_name}_says_what_0_is"
	new_source second
	is "$(imports_m "$python") $(counted reused)" "0 [$((1 - level))]" "${py_name}_fills_the_store_where_0_is_nothing"
done

# A program that looks at the pycs of all versions (a packager, a scanner) goes on as before.
python=$(python3_path)
py_info "$python"
rm -rf "$STORE"
for tree in first second; do
	rm -f "$TMP/recording"
	new_source $tree
	for name in a b c d n; do echo "$name = 1" >$name.py; done
	mkdir __pycache__
	stored "$python" -S -s -c 'import os, sys
sys.path.insert(0, ".")
import a, b
foreign = "__pycache__/n.cpython-399.pyc"
with open(foreign, "wb") as file:
    file.write((3999).to_bytes(2, "little") + b"\r\n" + bytes(100))
os.stat("n.py")
fd = os.open(foreign, os.O_RDONLY)
os.read(fd, os.fstat(fd).st_size + 1), os.read(fd, 1)
os.close(fd)
import c, d' >"$TMP/log" 2>&1
done
is "$(cat "$TMP/log")$(counted reused)" '[4]' pyc_of_another_version_that_is_read_changes_nothing
