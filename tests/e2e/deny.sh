#!/bin/bash
# SPDX-License-Identifier: MIT
# Deny: a Python creates no new pyc and no __pycache__ for one; reading and deleting work,
# and other files can be created.

. "$(dirname "$0")/../lib.sh"

make_tree() {
	rm -rf "$TMP/tree"
	mkdir -p "$TMP/tree/pkg"
	for name in __init__ a b; do echo "value = '$name'" >"$TMP/tree/pkg/$name.py"; done
}

denied() { clean_env LD_PRELOAD="$LIB" PYCSHIM_MODE=deny PYCSHIM_RECORD=off "$@"; }
caches() { find "$TMP/tree" -name '*.py[co]' -o -name __pycache__; }
program='import sys; sys.path.insert(0, "'$TMP'/tree"); import pkg.a, pkg.b; print(" ".join([pkg.a.value, pkg.b.value]))'

# failing COMMAND...: print the output and exit status of compileall, run by COMMAND, in a
# tree without caches and in one with stale caches
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

# A compiler gets the errors of a read-only file system, in the same order: EEXIST and
# ENOENT come before EROFS.  A call belongs to a compile if its thread has read the
# source.
python=$(python3_path)
cat >"$TMP/said.py" <<'END'
import errno, os, sys
tree, pyc = sys.argv[1:]
source, cache = tree + "/pkg/a.py", tree + "/pkg/__pycache__"


def said(function, *arguments):
    try:
        function(*arguments)
        return "ok"
    except OSError as error:
        return errno.errorcode[error.errno]


def compiled(function, *arguments):
    os.close(os.open(source, os.O_RDONLY))
    return said(function, *arguments)
END
# said NAME WANT: the program on standard input prints WANT
said() {
	cat "$TMP/said.py" - >"$TMP/program.py"
	is "$(denied "$python" -I -S "$TMP/program.py" "$TMP/tree" "$pyc" 2>&1)" "$2" "$1"
}
make_tree
clean_env "$python" -I -S -m compileall -q "$TMP/tree"
pyc=$(find "$TMP/tree" -name 'a.*.pyc')
said compile_gets_the_errno_of_a_read_only_file_system \
	"EROFS EROFS EEXIST ENOENT EROFS EEXIST EROFS EROFS EROFS" <<'END'
exclusive, truncated = os.O_WRONLY | os.O_CREAT | os.O_EXCL, os.O_WRONLY | os.O_CREAT | os.O_TRUNC
new = pyc.replace("a.", "new.")
print(said(os.open, pyc + ".123", exclusive), said(os.open, "%s.%d" % (pyc, os.getpid()), truncated),
      said(os.open, pyc, exclusive | os.O_TRUNC), said(os.open, tree + "/none/a.pyc.1", exclusive),
      said(os.open, new, exclusive | os.O_TRUNC), compiled(os.mkdir, cache),
      os.rename(cache, cache + ".old") or compiled(os.mkdir, cache), os.stat(source) and said(os.mkdir, cache),
      os.open(cache + ".old/x", truncated) and compiled(os.rename, cache + ".old/x", source + "c"))
END
make_tree
clean_env "$python" -I -S -m compileall -q "$TMP/tree"
said temporary_that_is_there_is_not_put_into_place "EROFS EROFS ENOENT" <<'END'
os.rename(pyc, tree + "/pkg/m")
os.rename(tree + "/pkg/m", pyc + ".12")
print(said(os.rename, pyc + ".12", pyc), said(os.link, pyc + ".12", pyc), said(os.rename, pyc + ".13", pyc))
END
make_tree
clean_env "$python" -I -S -m compileall -q "$TMP/tree"
said what_compiles_nothing_is_let_pass \
	"ok ok ok ok ok ok ok ok ok ok ok ok True ok ok ok ok" <<'END'
other, new, fd = pyc.replace("a.", "other."), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, os.open(pyc, os.O_RDWR)
print(said(os.open, other, new), said(os.rename, pyc, other), said(os.link, other, pyc), said(os.symlink, pyc, pyc + "c.pyc"),
      said(os.chmod, pyc, 0o600), said(os.fchmod, fd, 0o600), said(os.utime, pyc), said(os.utime, fd),
      said(os.chown, pyc, -1, -1), said(os.truncate, pyc, 9), said(os.mkfifo, pyc + "f.pyc"), said(os.open, pyc, new),
      os.access(pyc, os.W_OK), said(os.rename, cache, tree + "/__pycache__"), said(os.mkdir, cache),
      said(os.open, cache + "/a.nbi", new | os.O_EXCL), said(os.unlink, tree + "/__pycache__/" + os.path.basename(pyc)))
END

# Only covered paths are denied; programs that Python starts are denied too.
make_tree
mkdir -p "$TMP/other/pkg" && cp "$TMP"/tree/pkg/*.py "$TMP/other/pkg/"
for tree in tree other; do
	denied PYCSHIM_ONLY="$TMP/tree" "$python" -I -S -m compileall -q "$TMP/$tree" >/dev/null 2>&1
done
is "$(caches)$(find "$TMP/other" -name '*.pyc' | wc -l)" 3 only_a_tree_limits_it
out=$(denied "$python" -I -S -c 'import subprocess, sys
print(subprocess.call([sys.executable, "-I", "-S", "-m", "compileall", "-q", sys.argv[1]], stdout=subprocess.DEVNULL))' "$TMP/tree")
is "$out $(caches)" "1 " started_by_python_is_denied_too

# pytest passes and writes no pyc.
if clean_env /usr/bin/python3 -s -c 'import pytest' 2>/dev/null; then
	make_tree
	printf 'from pkg import a\ndef test_a(): assert a.value == "a"\n' >"$TMP/tree/test_a.py"
	out=$(denied PYTHONPATH="$TMP/tree" /usr/bin/python3 -s -m pytest -q -p no:cacheprovider "$TMP/tree" 2>&1)
	like "$? $out" '^0 .*1 passed' pytest_passes
	is "$(caches)" "" pytest_leaves_nothing
else
	skip "no pytest" pytest
fi

# Without /proc the name of a descriptor's directory is unknown: deny uses the relative
# path.
if can_mount; then
	mkdir -p "$TMP/unnamed/__pycache__"
	cat >"$TMP/unnamed.py" <<'END'
import os, sys
os.chdir(sys.argv[1])
cache = os.open("__pycache__", os.O_RDONLY | os.O_DIRECTORY)
here = os.open(".", os.O_RDONLY | os.O_DIRECTORY)


def make(name, directory):
    try:
        os.close(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, dir_fd=directory))
        return "made"
    except OSError as error:
        return error.strerror


print(make("m.cpython-399.pyc.1234", cache), make("data.nbi", cache), make("__pycache__/n.cpython-399.pyc.1234", here), make("plain", here),
      os.path.exists("/proc/self"), sep=", ")
END
	# shellcheck disable=SC2016 # for the inner shell
	is "$(mounts sh -c 'mount -t tmpfs none /proc && exec "$@"' sh env -i LD_PRELOAD="$LIB" PYCSHIM_MODE=deny \
		PYCSHIM_RECORD=off "$(python3_path)" -I -S -B "$TMP/unnamed.py" "$TMP/unnamed")" \
		'Read-only file system, Read-only file system, Read-only file system, made, False' deny_without_proc_refuses_by_the_words_given
else
	skip "no mounts here" deny_without_proc_refuses_by_the_words_given
fi
