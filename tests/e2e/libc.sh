#!/bin/bash
# SPDX-License-Identifier: MIT
# libc functions that Python does not call but other programs do: for a file in the shadow
# they give the same results as for one in place.

. "$(dirname "$0")/../lib.sh"

python=$(python3_path)
mkdir -p "$TMP/work"

# answers NAME PROGRAM: the Python code has `c` (libc, through the wrappers) and a new
# `pyc`
answers() {
	local setting
	for setting in PYCSHIM_MODE=off PYCSHIM_MODE=redirect; do
		rm -rf "$TMP/work" && mkdir -p "$TMP/work/__pycache__" && cd "$TMP/work" || exit 1
		clean_env LD_PRELOAD="$LIB" PYCSHIM_ROOT="$TMP/$1.root" PYCSHIM_RECORD=off $setting \
			"$python" -I -S -B -c "
import ctypes, os
c = ctypes.CDLL(None)
pyc = b'__pycache__/a_module_with_a_rather_long_name_of_its_own.cpython-311.pyc'
open(pyc, 'w').close()
$2" >"$TMP/$setting" 2>&1
	done
	same "$1" "$TMP/PYCSHIM_MODE=redirect" "$TMP/PYCSHIM_MODE=off"
	check "${1}_was_in_the_shadow" test -e "$TMP/$1.root$TMP/work/__pycache__"
}

answers link_of_a_descriptor_is_cut_where_it_would_be '
link = b"/proc/self/fd/%d" % os.open(pyc, os.O_RDONLY)
whole = os.readlink(link)
for size in range(1, len(whole) + 80):
    buffer = ctypes.create_string_buffer(size)
    print(size, c.readlink(link, buffer, ctypes.c_size_t(size)), buffer.raw[:len(whole)])'

answers stream_is_inherited_as_its_mode_says '
c.fopen.restype = ctypes.c_void_p
for mode in b"r", b"re", b"w", b"w+e", b"a":
    stream = ctypes.c_void_p(c.fopen(pyc, mode))
    print(mode, os.get_inheritable(c.fileno(stream)), c.fclose(stream))'
