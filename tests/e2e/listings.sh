#!/bin/bash
# SPDX-License-Identifier: MIT
# Listings of directories with very many names both in place and in the shadow: each name
# is listed once, as without the library.

. "$(dirname "$0")/../lib.sh"

python=$(python3_path)
py_info "$python"
COUNT=4000

# many.py image|changes COUNT: create the files in place; or add, rewrite, remove and
# rename.
cat >"$TMP/many.py" <<'END_OF_PROGRAM'
import os, sys
what, count = sys.argv[1], int(sys.argv[2])
os.chdir("tree/__pycache__")


def touch(kind, numbers):
    for number in numbers:
        os.close(os.open("%s%d.cpython-311.pyc" % (kind, number), os.O_WRONLY | os.O_CREAT, 0o600))


if what == "image":
    touch("old", range(count))
else:
    touch("old", range(0, count, 2))
    touch("new", range(count))
    for number in range(1, count, 20):
        os.unlink("old%d.cpython-311.pyc" % number)
    for number in range(0, count, 20):
        os.rename("new%d.cpython-311.pyc" % number, "moved%d.cpython-311.pyc" % number)
    names = os.listdir(".")
    print(len(names), sorted(names) == sorted(entry.name for entry in os.scandir(".")))
    print("\n".join(sorted(names)))
    print(os.listdir(".."))
END_OF_PROGRAM

# many NAME [NAME=VALUE...]: write the listing to $TMP/NAME
many() {
	local name=$1
	shift
	rm -rf "$TMP/work" && mkdir -p "$TMP/work/tree/__pycache__" && cd "$TMP/work" || exit 1
	clean_env "$python" "${py_flags[@]}" "$TMP/many.py" image $COUNT
	clean_env "$@" "$python" "${py_flags[@]}" "$TMP/many.py" changes $COUNT >"$TMP/$name" 2>&1
}

many without
is "$(head -n 1 "$TMP/without")" "$((2 * COUNT - COUNT / 20)) True" there_are_many_names
many with LD_PRELOAD="$LIB" PYCSHIM_MODE=redirect PYCSHIM_ROOT="$TMP/root" PYCSHIM_RECORD=off
same many_names_in_both_places_are_listed_once "$TMP/with" "$TMP/without"
check the_shadow_has_many_names test "$(find "$TMP/root" -name '*.pyc' | wc -l)" -gt $COUNT

# --- the root directory -------------------------------------------------------------

# A listing of "/" includes the shadow's __pycache__, which a program in "/" has there.
cat >"$TMP/top.py" <<'END_OF_PROGRAM'
import os, sys
names = ["__pycache__"]


def show():
    top = os.open("/", os.O_RDONLY)
    entries = [entry.name for entry in os.scandir("/")]
    print([[name in listing for name in names] for listing in (os.listdir("/"), os.listdir(top), entries)])
    os.close(top)


before = sorted(os.listdir("/"))
os.mkdir("/__pycache__")
show()
os.rmdir("/__pycache__")
show()
print(sorted(os.listdir("/")) == before)
END_OF_PROGRAM
if [ -e /__pycache__ ] || ! can_mount; then
	skip "no mounts here, or there is a cache in /" listing_of_the_top
else
	mkdir "$TMP/tmpfs"
	# shellcheck disable=SC2016 # for the inner shell
	small_tmpfs 1m "$TMP/tmpfs" sh -c 'mount -o remount,bind,ro / && exec "$@"' - \
		env -i LD_PRELOAD="$LIB" PYCSHIM_MODE=redirect PYCSHIM_ROOT="$TMP/tmpfs/root" PYCSHIM_RECORD=off \
		"$python" "${py_flags[@]}" "$TMP/top.py" >"$TMP/top" 2>&1
	is "$(cat "$TMP/top")" "[[True], [True], [True]]
[[False], [False], [False]]
True" listing_of_the_top_shows_what_the_shadow_has
fi
