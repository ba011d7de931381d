#!/bin/bash
# SPDX-License-Identifier: MIT
# Directories so deep that the paths of their files are as long as PATH_MAX or longer:
# accessed by descriptors, they work as without the library.

. "$(dirname "$0")/../lib.sh"

python=$(python3_path)
py_info "$python"

# Lengths of the directory's name from well below PATH_MAX to above.
cat >"$TMP/deep.py" <<'END_OF_PROGRAM'
import errno, os, shutil, sys

BYTES, PATH_MAX = 200, 4096
EDGES = [PATH_MAX, PATH_MAX - 308]  # the name in the shadow is too long from here on


def descend(above, name):
    os.mkdir(name, dir_fd=above)
    fd = os.open(name, os.O_RDONLY, dir_fd=above)
    os.close(above)
    return fd


def tell(function, *arguments, **options):
    try:
        result = function(*arguments, **options)
        return result if isinstance(result, (str, list)) else "done"
    except OSError as error:
        return errno.errorcode[error.errno]


def write(path, **where):
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o644, **where))


def names(of):
    return sorted(os.listdir(of))


def cycle(fd):
    """Do what an import, pip and a clean-up do in such a directory."""
    here = {"dir_fd": fd}
    yield tell(os.mkdir, "__pycache__", **here)
    yield tell(write, "__pycache__/m.cpython-311.pyc.12", **here)
    yield tell(os.rename, "__pycache__/m.cpython-311.pyc.12", "__pycache__/m.cpython-311.pyc", src_dir_fd=fd, dst_dir_fd=fd)
    yield tell(os.stat, "__pycache__/m.cpython-311.pyc", **here)
    yield tell(names, fd)
    cache = os.open("__pycache__", os.O_RDONLY, dir_fd=fd)
    yield tell(write, "n.pyc", dir_fd=cache)
    yield tell(names, cache)
    yield tell(os.rename, "n.pyc", "o.pyc", src_dir_fd=cache, dst_dir_fd=cache)
    yield tell(os.unlink, "o.pyc", dir_fd=cache)
    os.close(cache)
    os.fchdir(fd)
    yield tell(write, "p.pyc")
    yield tell(os.rename, "p.pyc", "__pycache__/p.pyc")
    yield tell(os.unlink, "__pycache__/p.pyc")
    yield tell(os.unlink, "__pycache__/../__pycache__/m.cpython-311.pyc")
    yield tell(os.rmdir, "__pycache__")


os.chdir(sys.argv[1])
top, begin = os.open(".", os.O_RDONLY), len(os.getcwd())
close = {length for edge in EDGES for length in range(edge - 40, edge + 20, 2)}
for length in sorted(close.union(range(3700, PATH_MAX, 23))):
    fd, at, deepest = os.dup(top), begin, []
    while at < length - 1:
        deepest.append("d" * min(BYTES, length - at - 1))
        fd = descend(fd, deepest[-1])
        at += len(deepest[-1]) + 1
    print(length, *cycle(fd))
    os.close(fd)
    os.fchdir(top)
    shutil.rmtree(deepest[0])
END_OF_PROGRAM

# deep NAME [NAME=VALUE...]: write the output to $TMP/NAME
deep() {
	rm -rf "$TMP/tree" && mkdir "$TMP/tree"
	clean_env "${@:2}" "$python" -I -S "$TMP/deep.py" "$TMP/tree" >"$TMP/$1" 2>&1
	echo "exit status $?" >>"$TMP/$1"
}

library=(LD_PRELOAD="$LIB" PYCSHIM_RECORD="$TMP/recording" PYCSHIM_ROOT="$TMP/shadow")
deep without
is "$(tail -n 1 "$TMP/without")" "exit status 0" deep_program_runs_without_us
for mode in trace redirect; do
	deep "$mode" "${library[@]}" PYCSHIM_MODE=$mode
	same "deep_directories_in_${mode}_are_as_without" "$TMP/$mode" "$TMP/without"
	is "$(stat_json "$TMP/recording" summary '[d["damaged_bytes"], d["lost_events"], d["events"] > 100]')" \
		'[0, 0, true]' "deep_directories_in_${mode}_are_recorded"
	[ $mode = trace ] || check deep_directories_have_a_shadow_while_there_is_room \
		test "$("$PYCSTAT" events --json "$TMP/recording" | grep -c '"action": *"redirect"')" -gt 100
	rm "$TMP/recording"
done
