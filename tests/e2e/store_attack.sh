#!/bin/bash
# SPDX-License-Identifier: MIT
# Somebody who may write sources that another user compiles, but not the store, cannot make the
# store give his code for another source.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/store.bash"

# The user changes his source between its reading and its compile, which prints a warning: the
# interpreter then reads the source again, to show the line, and gets the text of another
# source, which is not the user's.  `before` sources are compiled first: what the library
# remembers of sources has few places, which are used in turns.
cat >"$TMP/compile.py" <<'END_OF_PROGRAM'
import _frozen_importlib_external as machinery, os, sys # and not warnings, which reads otherwise
user, genuine, before, how = sys.argv[1:]
loader = machinery.SourceFileLoader
real = loader.source_to_code
def put(text):
    open(user + ".new", "w").write(text)
    os.rename(user + ".new", user)
def swap(self, data, path, *rest, **more):
    if path == user:
        if how == "again": # something else reads it, too
            for i in range(5):
                put("x = %d" % i)
                open(user).read()
        put(genuine)
    return real(self, data, path, *rest, **more)
loader.source_to_code = swap
sys.path.insert(0, os.path.dirname(user))
for i in range(int(before)):
    open("%s/n%d.py" % (os.path.dirname(user), i), "w").write("x = %d" % i)
    __import__("n%d" % i)
if how == "py_compile":
    import py_compile
    py_compile.compile(user)
else:
    import m
END_OF_PROGRAM
genuine='whose = "genuine"'
for python in $(pythons3); do
	py_info "$python"
	[ "$py_kind" = cpython ] || continue
	got=
	for how in import again py_compile; do
		for before in 0 1 2 3; do
			rm -rf "$STORE" "$TMP/users" "$TMP/roots" && mkdir "$TMP/users" "$TMP/roots"
			printf 'whose = "attacker"\nassert (whose, 1)\n' >"$TMP/users/m.py"
			echo "$genuine" >"$TMP/roots/m.py"
			clean_env LD_PRELOAD="$LIB" PYCSHIM_STORE="$STORE" PYCSHIM_RECORD=off "$python" "${py_flags[@]}" \
				"$TMP/compile.py" "$TMP/users/m.py" "$genuine"$'\n' $before $how >"$TMP/out" 2>&1
			got+=$(clean_env LD_PRELOAD="$LIB" PYCSHIM_STORE="$STORE" PYCSHIM_RECORD=off "$python" "${py_flags[@]}" -B \
				-c 'import sys; sys.path.insert(0, sys.argv[1]); import m; print(m.whose)' "$TMP/roots" 2>&1)
			[ -e "$TMP/users/__pycache__/m.$py_tag.pyc" ] || got+="[$how was not compiled: $(cat "$TMP/out")]"
			[[ $how != import || $(cat "$TMP/out") == *Warning* ]] || got+="[no warning]"
		done
	done
	is "$got" "$(printf 'genuine%.0s' {1..12})" "${py_name}_source_that_changes_while_it_is_compiled_poisons_nothing"
	# a source that is compiled again after a change is stored again
	rm -rf "$STORE" "$TMP/users/__pycache__"
	clean_env LD_PRELOAD="$LIB" PYCSHIM_STORE="$STORE" PYCSHIM_RECORD=off "$python" "${py_flags[@]}" -c '
import importlib, py_compile, sys
sys.path.insert(0, sys.argv[1])
path = sys.argv[1] + "/m.py"
for i in range(3):
    open(path, "w").write("x = %d" % i + i * " ")
    py_compile.compile(path)
for i in range(3, 6):
    open(path, "w").write("x = %d" % i + i * " ")
    m = importlib.reload(m) if i > 3 else importlib.import_module("m")
    assert m.x == i' "$TMP/users" || not_ok "${py_name}_source_is_compiled_again"
	is "$(grep -rl users/m.py "$STORE" | wc -l)" 6 "${py_name}_source_that_is_compiled_again_is_stored_again"
done
