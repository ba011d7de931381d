#!/bin/bash
# SPDX-License-Identifier: MIT
# A program creates a FIFO with the name of a pyc and opens it with O_NONBLOCK: under
# redirect this works as without the library.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/shadow.bash"

cat >"$TMP/fifo.py" <<'END'
import os, stat, sys
for name in sys.argv[1:]:
    os.mkfifo(name)
    print(stat.S_ISFIFO(os.stat(name).st_mode))
    both = os.open(name, os.O_RDWR)
    os.write(both, b"both")
    print(os.read(both, 9))
    reading = os.open(name, os.O_RDONLY | os.O_NONBLOCK)
    os.close(both)
    print(os.read(reading, 9))
    os.close(reading)
    try:
        os.open(name, os.O_WRONLY | os.O_NONBLOCK)
    except OSError as error:
        print(error.errno)
    os.unlink(name)
    print(os.path.exists(name))
END

python=$(python3_path)
make_tree
mkdir "$TREE/pkg/__pycache__"
names=("$TREE/pkg/__pycache__/a.cpython-311.pyc" "$TREE/pkg/__pycache__/x.pyc" "$TREE/pkg/x.pyc"
	"$TREE/pkg/a.pyc" "$TREE/pkg/__pycache__/fifo.nbi")
clean_env timeout -s KILL 20 "$python" -I -S "$TMP/fifo.py" "${names[@]}" >"$TMP/without" 2>&1
redirected "$TMP/rec" timeout -s KILL 20 "$python" -I -S "$TMP/fifo.py" "${names[@]}" >"$TMP/with" 2>&1
same fifo_of_the_program_is_as_without_the_library "$TMP/with" "$TMP/without"
is "$(grep -c "b'both'" "$TMP/without")" 5 fifo_is_read_and_written
