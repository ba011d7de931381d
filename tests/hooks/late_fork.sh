#!/bin/bash
# SPDX-License-Identifier: MIT
# A program loads a Python and forks: its fork child is noticed at once, so that a program
# which that starts by vfork is not taken for it.

. "$(dirname "$0")/../lib.sh"

cp "$B/tests/hooks/late_fork" "$TMP/bin/"
echo 'void Py_Initialize(void) {}' >"$TMP/python.c"
check library_like_a_python_builds "${CC:-gcc}" -shared -fPIC -o "$TMP/python.so" "$TMP/python.c" || exit 0
mkdir "$TMP/work" && cd "$TMP/work" || exit 1

child=$(traced "$TMP/rec" timeout 300 "$TMP/bin/late_fork" "$TMP/python.so")
"$PYCSTAT" events --json "$TMP/rec" >"$TMP/events"
is "$(helper -c 'import json, sys
events = [json.loads(line) for line in open(sys.argv[1])]
print(*("%s %s" % (e["path"].split("/")[-1].split(".")[0], e["pid"] == int(sys.argv[2]))
    for e in events if e["op"] == "create"), sep=", ")' "$TMP/events" "$child")" \
	"parent False, child True, again True" fork_child_of_a_late_python_is_noticed_at_once
