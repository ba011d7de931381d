#!/bin/bash
# SPDX-License-Identifier: MIT
# Copies of a descriptor have the state of the original, whatever call made the copy and
# whichever is closed first; no other descriptor gets that state.

. "$(dirname "$0")/../lib.sh"

# copies.py TOP: copy the descriptor of TOP/__pycache__ in each way and create a pyc by
# the copy
cat >"$TMP/copies.py" <<'END'
import ctypes, fcntl, os, sys

top = sys.argv[1]
cache = top + "/__pycache__"
libc = ctypes.CDLL(None)

def create(directory):
    try:
        os.close(os.open("data.nbi", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600, dir_fd=directory))
    except OSError as error:
        return os.strerror(error.errno)
    os.unlink("data.nbi", dir_fd=directory)
    return "created"

def opened(path):
    return os.open(path, os.O_RDONLY | os.O_DIRECTORY)

def copy_of_a_copy(fd):
    first = libc.dup3(fd, 51, 0)
    second = libc.dup2(first, 52)
    os.close(first)
    return second

WAYS = {
    "dup": lambda fd: libc.dup(fd),
    "dup2": lambda fd: libc.dup2(fd, 50),
    "dup2_over_a_file": lambda fd: libc.dup2(fd, os.open("/dev/null", os.O_RDONLY)),
    "dup2_over_a_cache": lambda fd: libc.dup2(fd, opened(cache)),
    "dup2_over_itself": lambda fd: libc.dup2(fd, fd),
    "dup3": lambda fd: libc.dup3(fd, 50, os.O_CLOEXEC),
    "F_DUPFD": lambda fd: fcntl.fcntl(fd, fcntl.F_DUPFD, 40),
    "F_DUPFD_CLOEXEC": lambda fd: fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 40),
    "copy_of_a_copy": copy_of_a_copy,
}

def copied(name):
    first = opened(cache)
    copy = WAYS[name](first)
    said = [create(copy)]
    if copy != first:
        os.close(first)
        said.append(create(copy))
    return ", ".join(said)

def failed(function, *arguments):
    """A call that fails leaves the number unchanged."""
    first = opened(cache)
    return "%d, %s" % (function(*[first if a is None else a for a in arguments]), create(first))

def replaced():
    """The number of a cache is given to another directory."""
    other, first = opened(top), opened(cache)
    return "%s, %s" % (libc.dup2(other, first) == first, create(first))

# Each case needs a new process: after one tracked descriptor every name is examined.
CASES = {name: (copied, name) for name in WAYS}
CASES["dup2_of_nothing"] = failed, libc.dup2, 999, None
CASES["dup3_over_itself"] = failed, libc.dup3, None, None, 0
CASES["dup2_of_another_directory"] = replaced,
for name in sorted(CASES):
    sys.stdout.flush()
    if os.fork() == 0:
        print("%s: %s" % (name, CASES[name][0](*CASES[name][1:])))
        sys.stdout.flush()
        os._exit(0)
    os.wait()
END

mkdir -p "$TMP/app/__pycache__"
# copies NAME [NAME=VALUE...]
copies() {
	clean_env "${@:2}" "$(python3_path)" -I -S "$TMP/copies.py" "$TMP/app" >"$TMP/$1" 2>&1
}

copies plain X=1
like "$(cat "$TMP/plain")" 'dup: created, created.*dup2_of_another_directory: True, created.*dup2_over_itself: created' \
	copies_are_made_without_the_library
copies traced LD_PRELOAD="$LIB" PYCSHIM_RECORD=off
same copies_are_the_same_when_traced "$TMP/traced" "$TMP/plain"
copies denied LD_PRELOAD="$LIB" PYCSHIM_MODE=deny PYCSHIM_RECORD=off
sed '/another_directory/!s/created/Read-only file system/g' "$TMP/plain" >"$TMP/wanted"
same copies_of_a_cache_are_denied "$TMP/denied" "$TMP/wanted"

# The same in redirect mode: files are created in the shadow, as the tree is read-only.
mkdir -m 700 "$TMP/shadow"
if can_mount; then
	readonly_mount "$TMP/app" env -i LD_PRELOAD="$LIB" PYCSHIM_MODE=redirect PYCSHIM_ROOT="$TMP/shadow" PYCSHIM_RECORD=off \
		"$(python3_path)" -I -S "$TMP/copies.py" "$TMP/app" >"$TMP/redirected" 2>&1
	sed '/another_directory/s/created/Read-only file system/' "$TMP/plain" >"$TMP/wanted"
	same copies_of_a_cache_are_redirected "$TMP/redirected" "$TMP/wanted"
	check redirected_copies_were_made_in_the_shadow test -d "$TMP/shadow$TMP/app/__pycache__"
else
	skip "cannot mount" copies_of_a_cache_are_redirected
fi

# A write through a copy is an event, and its failure counts for the original's file.
cat >"$TMP/writing.py" <<'END'
import os, sys
name = sys.argv[1] + "/__pycache__/m.cpython-311.pyc"
first = os.open(name + ".1", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
copy = os.dup2(first, 50) if sys.argv[2] == "dup2" else os.dup(first)
os.close(first)
said = []
for data in b"x" * 1000, b"x" * 200000:
    try:
        said.append(os.write(copy, data) == len(data))
    except OSError as error:
        said.append(error.strerror)
os.close(copy)
try:
    os.rename(name + ".1", name)
    said.append("renamed")
except OSError as error:
    said.append(error.strerror)
print(said)
END
for how in dup dup2; do
	traced "$TMP/$how.rec" "$(python3_path)" -I -S "$TMP/writing.py" "$TMP/app" $how >"$TMP/out" 2>&1
	is "$(cat "$TMP/out") $("$PYCSTAT" events --json "$TMP/$how.rec" | grep -c '"op": *"write"')" "[True, True, 'renamed'] 2" \
		"writes_by_a_copy_made_by_${how}_are_recorded"
	if can_mount; then
		small_tmpfs 64k "$TMP/shadow" env -i LD_PRELOAD="$LIB" PYCSHIM_RECORD=off PYCSHIM_MODE=redirect \
			PYCSHIM_ROOT="$TMP/shadow/root" "$(python3_path)" -I -S "$TMP/writing.py" "$TMP/app" $how >"$TMP/out" 2>/dev/null
		is "$(cat "$TMP/out")" "[True, False, 'No space left on device']" \
			"pyc_cut_short_by_a_copy_made_by_${how}_does_not_come_into_place"
	else
		skip "cannot mount" "pyc_cut_short_by_a_copy_made_by_${how}_does_not_come_into_place"
	fi
done
