#!/bin/bash
# SPDX-License-Identifier: MIT
# A look-up is recorded once, with what the interpreter read, whatever calls it makes.

. "$(dirname "$0")/../lib.sh"

python=$(python3_path)
RECORD=$TMP/recording

# Each case stats the source and opens its pyc, as an import does; the rest differs.
cat >"$TMP/look.py" <<'END_OF_PROGRAM'
import ctypes, importlib.util, mmap, os, subprocess, sys, threading

SOURCE = os.path.abspath("m.py")
PYC = importlib.util.cache_from_source(SOURCE)


def read_all(fd, bytes=1 << 16):
    while os.read(fd, bytes):
        pass


def read_source():
    """Compile the source if the pyc's header did not match."""
    with open(SOURCE) as file:
        file.read()


def read(fd):
    read_all(fd)


def nothing(fd):
    pass


def pieces(fd):
    read_all(fd, 4)


def from_elsewhere(fd):
    os.lseek(fd, 20, os.SEEK_SET)
    read_all(fd)
    read_source()


def at_once(fd):
    """Read as CPython does: ask for a byte more than the file has, and read no more."""
    os.read(fd, os.fstat(fd).st_size + 1)


def head(fd):
    """Read as a tool that needs only the header and reads in blocks."""
    os.read(fd, max(8192, os.fstat(fd).st_size + 2))


def number_used_again(fd):
    """Close after the read by a system call that the library does not see."""
    at_once(fd)
    ctypes.CDLL(None).syscall({"x86_64": 3, "aarch64": 57}[os.uname().machine], fd)  # close
    assert os.open("other.pyc", os.O_RDONLY) == fd
    os.read(fd, 20)


def looks_first(fd):
    os.fstat(fd)
    read_all(fd)


def maps(fd):
    mmap.mmap(fd, 0, prot=mmap.PROT_READ).close()


def other_thread(fd):
    thread = threading.Thread(target=read_all, args=(fd,))
    thread.start()
    thread.join()


def forks(fd):
    child = os.fork()
    if not child:
        os.close(fd)
        os._exit(0)
    os.waitpid(child, 0)
    read_all(fd)


def child_reads(fd):
    child = os.fork()
    if not child:
        read_all(fd)
        os._exit(0)
    os.waitpid(child, 0)


def starts_program(fd):
    subprocess.run(["true"], close_fds=True)
    read_all(fd)


def replaced(fd):
    os.rename("other.pyc", PYC)
    read_all(fd)


def written_over(fd):
    with open(PYC, "r+b") as file:
        file.write(b"no pyc at all!\r\n\r\n")
    read_all(fd)
    read_source()


def read_in_vain(fd):
    try:
        os.read(fd, 100)
    except IsADirectoryError:
        pass


for _ in range(2):
    os.stat(SOURCE)
fd = os.open(PYC, os.O_RDONLY)
globals()[sys.argv[1]](fd)
os.close(fd)
END_OF_PROGRAM

# found CASE [NAME=VALUE...]: the recorded look-ups, hits and stale look-ups of the
# module.
found() {
	rm -rf "$TMP/work" "$RECORD" && mkdir "$TMP/work" && cd "$TMP/work" || exit 1
	echo 'x = 1' >m.py
	clean_env "$python" -S -m compileall -q m.py && cp __pycache__/*.pyc other.pyc
	[ "$1" != read_in_vain ] || { rm __pycache__/* && mkdir "$pyc"; }
	clean_env LD_PRELOAD="$LIB" PYCSHIM_RECORD="$RECORD" "${@:2}" \
		timeout 300 "$python" -S "$TMP/look.py" "$1" || echo failed
	stat_json "$RECORD" modules '[[m["lookups"], m["hits"], m["stale"]]
		for m in d["modules"] if m["source"].endswith("/work/m.py")]'
}

pyc=$(cd "$TMP" && clean_env "$python" -S -c 'import importlib.util; print(importlib.util.cache_from_source("m.py"))')
redirect=(PYCSHIM_MODE=redirect PYCSHIM_ROOT="$TMP/root")

for mode in trace redirect; do
	settings=()
	[ $mode = trace ] || settings=("${redirect[@]}")
	for case in read nothing pieces from_elsewhere at_once number_used_again looks_first maps \
		other_thread forks child_reads starts_program replaced; do
		is "$(found $case "${settings[@]}")" '[[1, 1, 0]]' "${case}_is_one_hit_in_$mode"
	done
	is "$(found head "${settings[@]}")" '[]' "look_at_the_head_is_no_look_up_in_$mode"
	is "$(found read_in_vain "${settings[@]}")" '[]' "directory_is_no_look_up_in_$mode"
done
is "$(found written_over)" '[[1, 0, 1]]' header_that_was_read_is_what_counts

# What the library caches about a directory must still hold at the next look-up.
cat >"$TMP/known.py" <<'END_OF_PROGRAM'
import fcntl, os, sys

top, shadow, part = sys.argv[1:]
os.chdir(top)


def pyc(directory):
    return top + "/" + directory + "/__pycache__/m.cpython-311.pyc"


def write(directory, text):
    os.stat(top + "/" + directory + "/m.py")
    with open(pyc(directory), "w") as file:
        file.write(text)


def look_up(directory):
    os.stat(top + "/" + directory + "/m.py")
    try:
        with open(pyc(directory)) as file:
            return file.read()
    except OSError as error:
        return error.strerror


def flags(directory, copy):
    os.stat(top + "/" + directory + "/m.py")
    fd = os.open(pyc(directory), os.O_RDONLY)
    seen = fcntl.fcntl(copy(fd), fcntl.F_GETFL)
    os.close(fd)
    return seen & os.O_NONBLOCK


def first():
    for name in "a", "b", "left":
        os.mkdir(name + "/__pycache__")
        write(name, "of " + name)
    print(look_up("a"), look_up("a"), look_up("b"), look_up("a"))
    print(*(flags("b", copy) for copy in (int, os.dup, lambda fd: os.dup2(fd, 100))))
    os.rename("a", "moved")
    os.symlink("b", "a")
    print(look_up("a"), look_up("moved"))
    write("a", "by the link")
    print(look_up("b"), look_up("a"))
    write("linked", "in place")
    print(look_up("linked"), os.listdir("real"))
    inside = "../" + os.path.basename(shadow) + "/of/others"
    os.makedirs(shadow + "/of/others/__pycache__")
    open(shadow + "/of/others/m.py", "w").close()
    write(inside, "not redirected")
    print(look_up(inside), os.listdir(shadow + "/of/others/__pycache__"))


# the first part wrote to "left"; since then it became a symlink, unseen by the library
def to_directory():
    os.listdir(top)
    print(look_up("left"))


def to_linked():
    write("left", "in place, too")
    print(open("real/m.cpython-311.pyc").read())


globals()[part]()
END_OF_PROGRAM

# known [NAME=VALUE...]
known() {
	local directory
	rm -rf "$TMP/work" "$TMP/root" && mkdir -p "$TMP/work/"{real,a,b,left,linked} "$TMP/root" && cd "$TMP/work" || exit 1
	for directory in a b left linked; do : >$directory/m.py; done
	ln -s ../real linked/__pycache__
	known_part "$@" first
	rm -r left && ln -s b left && known_part "$@" to_directory
	ln -sfn linked left && known_part "$@" to_linked
}

known_part() {
	clean_env "${@:1:$#-1}" "$python" -I -S -B "$TMP/known.py" "$TMP/work" "$TMP/root" "${@: -1}" 2>&1
}

without=$(known)
is "$(wc -l <<<"$without")" 8 known_directories_are_looked_up_without_us
is "$(known LD_PRELOAD="$LIB" PYCSHIM_RECORD="$RECORD" "${redirect[@]}")" "$without" \
	known_directories_are_looked_up_as_without_us

# Threads that look up in different directories share the library's cache and must not mix
# entries up: each look-up has its own source.  The paths have equal lengths and endings.
cat >"$TMP/turns.c" <<'END_OF_PROGRAM'
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

void turns(const char *source, const char *pyc, int count);

void turns(const char *source, const char *pyc, int count)
{
	char block[4096];
	struct stat status;
	int fd;

	while (count-- > 0) {
		stat(source, &status);
		fd = open(pyc, O_RDONLY);
		while (read(fd, block, sizeof(block)) > 0)
			continue;
		close(fd);
	}
}
END_OF_PROGRAM
cat >"$TMP/threads.py" <<'END_OF_PROGRAM'
import ctypes, importlib.util, sys, threading

# in C, without the interpreter's lock
turns = ctypes.CDLL(sys.argv[1]).turns


def look_up(source):
    turns(source.encode(), importlib.util.cache_from_source(source).encode(), 20000)


threads = [threading.Thread(target=look_up, args=(source,)) for source in sys.argv[2:]]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
END_OF_PROGRAM
rm -rf "$TMP/work" "$RECORD"
for place in 1 2 3 4; do
	mkdir -p "$TMP/work/${place}packages"
	echo 'x = 1' >"$TMP/work/${place}packages/m.py"
done
clean_env "$python" -S -m compileall -q "$TMP/work"
"${CC:-cc}" -O2 -shared -fPIC -o "$TMP/turns.so" "$TMP/turns.c"
clean_env LD_PRELOAD="$LIB" PYCSHIM_RECORD="$RECORD" timeout 300 \
	"$python" -S "$TMP/threads.py" "$TMP/turns.so" "$TMP"/work/*packages/m.py
is "$(stat_json "$RECORD" modules '[[m["lookups"], m["hits"]] for m in d["modules"] if "/work/" in m["source"]]')" \
	'[[20000, 20000], [20000, 20000], [20000, 20000], [20000, 20000]]' threads_look_up_each_in_its_directory
