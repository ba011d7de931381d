#!/bin/bash
# SPDX-License-Identifier: MIT
# Redirect: inotify and statfs work on directories that exist only in the shadow.
# Development servers use them on every directory that they find.

. "$(dirname "$0")/../lib.sh"

python=$(python3_path)
mkdir -p "$TMP/tree/pkg"
echo 'x = 1' >"$TMP/tree/pkg/a.py"
out=$(clean_env LD_PRELOAD="$LIB" PYCSHIM_MODE=redirect PYCSHIM_ROOT="$TMP/shadow" PYCSHIM_RECORD=off \
	"$python" -I -S -c '
import ctypes, os, sys
sys.path.insert(0, sys.argv[1])
import pkg.a
libc = ctypes.CDLL(None, use_errno=True)
queue = libc.inotify_init1(os.O_NONBLOCK)
for top, dirs, files in os.walk(sys.argv[1]):
    result = libc.inotify_add_watch(queue, os.fsencode(top), 0x100)  # IN_CREATE
    print(os.path.relpath(top, sys.argv[1]), "watched" if result > 0 else os.strerror(ctypes.get_errno()))
    os.statvfs(top), os.pathconf(top, "PC_NAME_MAX")
open(top + "/new.pyc", "w").close()
print(os.path.basename(top), b"new.pyc" in os.read(queue, 4096))
os.mkfifo(top + "/fifo")
print(sorted(name for name in os.listdir(top) if "a." not in name))' "$TMP/tree" 2>&1)
is "$out" ". watched
pkg watched
pkg/__pycache__ watched
__pycache__ True
['fifo', 'new.pyc']" shadow_directory_can_be_watched
is "$(find "$TMP/tree" -name __pycache__)" "" shadow_directory_leaves_the_place_alone
