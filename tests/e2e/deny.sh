#!/bin/bash
# Deny: no pyc and no __pycache__ is made, reading and deleting works, programs cope.

. "$(dirname "$0")/../lib.sh"

make_tree() {
	rm -rf "$TMP/tree"
	mkdir -p "$TMP/tree/pkg"
	for name in __init__ a b; do echo "value = '$name'" >"$TMP/tree/pkg/$name.py"; done
}

denied() { clean_env LD_PRELOAD="$LIB" PYCSHIM_MODE=deny PYCSHIM_RECORD=off "$@"; }
caches() { find "$TMP/tree" -name '*.py[co]' -o -name __pycache__; }
program='import sys; sys.path.insert(0, "'$TMP'/tree"); import pkg.a, pkg.b; print(" ".join([pkg.a.value, pkg.b.value]))'

# failing COMMAND...: compileall with and without caches, exit status and output
failing() {
	local have
	for have in nothing stale_caches; do
		make_tree
		if [ $have = stale_caches ]; then
			clean_env "$python" "${py_flags[@]}" -m compileall -q "$TMP/tree"
			find "$TMP/tree" -name '*.py' -exec touch -d '1 hour ago' {} +
		fi
		"$@" "$python" "${py_flags[@]}" -m compileall "$TMP/tree" 2>&1
		echo "exit $? with $have"
	done | sed "s/pyc\.[0-9]*'/pyc.TEMPORARY'/"
}
readonly_tree() { readonly_mount "$TMP/tree" env -i PATH="$SYSTEM_PATH" "$@"; }

if can_mount; then
	for python in $(pythons); do
		py_info "$python"
		failing denied >"$TMP/denied"
		failing readonly_tree >"$TMP/readonly"
		same "${py_name}_compileall_fails_as_on_a_read_only_disk" "$TMP/denied" "$TMP/readonly"
		check "${py_name}_compileall_says_so" grep -q 'exit [1-9]\|Read-only' "$TMP/denied"
	done
else
	skip "no mounts here" compileall_on_a_read_only_disk
fi

for python in $(pythons); do
	py_info "$python"
	make_tree
	is "$(denied "$python" "${py_flags[@]}" -c "$program" 2>&1)" "a b" "${py_name}_import_runs"
	is "$(caches)" "" "${py_name}_import_leaves_nothing"
	denied "$python" "${py_flags[@]}" -m compileall -q "$TMP/tree" >/dev/null 2>&1
	is "$(caches)" "" "${py_name}_compileall_leaves_nothing"
	if [ "$py_major" = 3 ]; then
		denied "$python" "${py_flags[@]}" -m compileall -q -b "$TMP/tree" >/dev/null 2>&1
		is "$(caches)" "" "${py_name}_compileall_leaves_nothing_beside_the_sources"
	fi
	clean_env "$python" "${py_flags[@]}" -m compileall -q "$TMP/tree" >/dev/null
	rm -f "$TMP/rec"
	clean_env LD_PRELOAD="$LIB" PYCSHIM_MODE=deny PYCSHIM_RECORD="$TMP/rec" PYCSHIM_ONLY="$TMP/tree" \
		"$python" "${py_flags[@]}" -c "$program" >/dev/null
	is "$(stat_json "$TMP/rec" summary .totals.hits)" 3 "${py_name}_reading_what_is_there_hits"
	denied "$python" "${py_flags[@]}" -c 'import os
for top, dirs, files in os.walk("'"$TMP"'/tree", topdown=False):
    for name in files:
        if name[-4:] in (".pyc", ".pyo"): os.unlink(os.path.join(top, name))
    for name in dirs:
        if name == "__pycache__": os.rmdir(os.path.join(top, name))'
	is "$(caches)" "" "${py_name}_deleting_works"
done

# The errors are those of a read-only file system, in its order.
python=$(python3_path)
make_tree
clean_env "$python" -I -S -m compileall -q "$TMP/tree"
pyc=$(find "$TMP/tree" -name 'a.*.pyc')
out=$(denied "$python" -I -S -c '
import errno, os, sys
pyc, tree = sys.argv[1:]
def said(function, *arguments):
    try:
        function(*arguments)
        return "ok"
    except OSError as error:
        return errno.errorcode[error.errno]
new, other = pyc.replace("a.", "new."), pyc.replace("a.", "b.")
print(said(os.open, new, os.O_WRONLY | os.O_CREAT), said(os.open, pyc, os.O_WRONLY), said(os.open, pyc, os.O_WRONLY | os.O_CREAT),
      said(os.open, pyc, os.O_WRONLY | os.O_CREAT | os.O_EXCL), said(os.open, new, os.O_WRONLY),
      said(os.mkdir, tree + "/__pycache__"), said(os.mkdir, tree + "/pkg/__pycache__"),
      said(os.rename, pyc, new), said(os.link, pyc, new), said(os.symlink, pyc, new),
      said(os.chmod, pyc, 0o600), said(os.utime, pyc), said(os.truncate, pyc, 0), said(os.fchmod, os.open(pyc, os.O_RDONLY), 0o600),
      said(os.link, pyc, other), said(os.rename, pyc, other),
      said(os.rename, new, pyc), said(os.mkdir, tree + "/none/__pycache__"),
      os.access(pyc, os.W_OK), os.access(pyc, os.R_OK), said(os.unlink, pyc))' "$pyc" "$TMP/tree")
is "$out" "EROFS EROFS EROFS EEXIST ENOENT EROFS EEXIST EROFS EROFS EROFS EROFS EROFS EROFS EROFS EEXIST EROFS ENOENT ENOENT False True ok" \
	change_gives_the_errno_of_a_read_only_file_system

# Only where it was asked for; and what Python starts is denied too.
make_tree
mkdir -p "$TMP/other/pkg" && cp "$TMP"/tree/pkg/*.py "$TMP/other/pkg/"
for tree in tree other; do
	denied PYCSHIM_ONLY="$TMP/tree" "$python" -I -S -m compileall -q "$TMP/$tree" >/dev/null 2>&1
done
is "$(caches)$(find "$TMP/other" -name '*.pyc' | wc -l)" 3 only_a_tree_limits_it
out=$(denied "$python" -I -S -c 'import subprocess, sys
print(subprocess.call(["mkdir", sys.argv[1] + "/__pycache__"], stderr=subprocess.DEVNULL))' "$TMP/tree")
is "$out $(caches)" "1 " started_by_python_is_denied_too
denied mkdir "$TMP/tree/__pycache__"
is "$(caches)" "$TMP/tree/__pycache__" started_by_a_shell_is_left_alone

# pytest passes, and keeps nothing.
if clean_env /usr/bin/python3 -s -c 'import pytest' 2>/dev/null; then
	make_tree
	printf 'from pkg import a\ndef test_a(): assert a.value == "a"\n' >"$TMP/tree/test_a.py"
	out=$(denied PYTHONPATH="$TMP/tree" /usr/bin/python3 -s -m pytest -q -p no:cacheprovider "$TMP/tree" 2>&1)
	like "$? $out" '^0 .*1 passed' pytest_passes
	is "$(caches)" "" pytest_leaves_nothing
else
	skip "no pytest" pytest
fi
