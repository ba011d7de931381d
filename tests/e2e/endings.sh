#!/bin/bash
# SPDX-License-Identifier: MIT
# Paths that the kernel refuses because of their spelling (too long before they are
# canonical; "/" or "/." behind a name that is no directory), and descriptors that were
# opened with O_PATH.  Each call fails with redirect as without, and changes nothing.

. "$(dirname "$0")/../lib.sh"

python=$(python3_path)
py_info "$python"

cat >"$TMP/endings.py" <<'END_OF_PROGRAM'
import ctypes, errno, os, sys

PATH_MAX = 4096
libc = ctypes.CDLL(None, use_errno=True)
MAKE = os.O_WRONLY | os.O_CREAT


def write(path):
    os.close(os.open(path, MAKE))


def fopen(path):
    ctypes.set_errno(0)
    if not libc.fopen(path.encode(), b"w"):
        raise OSError(ctypes.get_errno(), "")


def padded(path, length):
    fill = length - len(path)
    if path[0] == "/":
        return "/" * fill + path
    return "./" * (fill // 2 - 1) + "." + "/" * (fill % 2 + 1) + path


def tell(what, function, *arguments, **options):
    try:
        function(*arguments, **options)
        result = "done"
    except OSError as error:
        result = errno.errorcode[error.errno]
    print(what, *(str(argument)[-40:] for argument in arguments), result)


def seen():
    for directory, directories, files in os.walk("."):
        directories.sort()
        print(directory, directories, sorted(files))


def too_long():
    for path in "pkg/__pycache__/m.pyc", os.path.abspath("pkg/__pycache__/m.pyc"):
        for length in range(PATH_MAX - 3, PATH_MAX + 3):
            long = padded(path, length)
            tell("stat %d" % length, os.stat, long)
            tell("open %d" % length, lambda path: os.close(os.open(path, os.O_RDONLY)), long)
            tell("utime %d" % length, os.utime, long)
            tell("list %d" % length, os.listdir, padded(os.path.dirname(path), length))
            tell("rename %d" % length, os.rename, long, path)
            if length >= PATH_MAX:
                tell("unlink %d" % length, os.unlink, long)


def slashes():
    cache, file = "pkg/__pycache__/", "pkg/__pycache__/n.pyc"
    names = cache + "new.pyc", cache + "m.pyc", file, cache + "d", "none/__pycache__/x.pyc"
    for name in names:
        for end in "/", "//", "/.":
            path = name + end
            tell("open", write, path)
            tell("fopen", fopen, path)
            tell("symlink", os.symlink, "m.pyc", path)
            tell("mkfifo", os.mkfifo, path)
            tell("link", os.link, file, path)
            tell("link", os.link, "m.py", path)
            tell("link", os.link, "missing.py", path)
            tell("link", os.link, path, cache + "linked.pyc")
            tell("rename", os.rename, file, path)
            tell("unlink", os.unlink, path)
            if end == "/." or name != cache + "d":
                tell("rename", os.rename, path, cache + "renamed")
                tell("rmdir", os.rmdir, path)
            if name != cache + "new.pyc":
                tell("mkdir", os.mkdir, path)
    tell("unlink", os.unlink, "pkg/link.pyc/")


def mere_names():
    for name in "m.pyc", "n.pyc", "d":
        fd = os.open("pkg/__pycache__/" + name, os.O_PATH)
        tell("chmod " + name, lambda: os.chmod(fd, 0o640))
        tell("utime " + name, lambda: os.utime(fd, (1, 2)))
        tell("chown " + name, lambda: os.chown(fd, -1, os.getgid()))
        print(os.stat(fd).st_mode, os.stat(fd).st_mtime == 2)


os.chdir(sys.argv[1])
write("pkg/__pycache__/n.pyc")  # with redirect this one is in the shadow, while m.pyc is in place
for group in sys.argv[2:]:
    globals()[group]()
    seen()
END_OF_PROGRAM

# endings NAME GROUP [NAME=VALUE...]: write the program's output to $TMP/NAME
endings() {
	rm -rf "$TMP/tree" "$TMP/shadow"
	mkdir -p "$TMP/tree/pkg/__pycache__/d"
	touch "$TMP/tree/pkg/__pycache__/m.pyc" "$TMP/tree/m.py"
	ln -s nowhere "$TMP/tree/pkg/link.pyc"
	clean_env "${@:3}" "$python" -I -S "$TMP/endings.py" "$TMP/tree" "$2" >"$TMP/$1" 2>&1
	echo "exit status $?" >>"$TMP/$1"
}

library=(LD_PRELOAD="$LIB" PYCSHIM_RECORD=off PYCSHIM_ROOT="$TMP/shadow")
for group in too_long slashes mere_names; do
	endings without "$group"
	is "$(tail -n 1 "$TMP/without")" "exit status 0" "paths_${group}_are_tried_without_us"
	for mode in trace redirect; do
		endings "$mode" "$group" "${library[@]}" PYCSHIM_MODE=$mode
		same "paths_${group}_in_${mode}_are_refused_as_without" "$TMP/$mode" "$TMP/without"
	done
done
