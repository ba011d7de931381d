#!/bin/bash
# SPDX-License-Identifier: MIT
# Redirect with a root that is unusable, or becomes unusable while the program runs: one
# line reports it, the program runs as on a read-only file system, and nothing is lost.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/shadow.bash"

python=$(python3_path)
py_info "$python"
none='(6, 0, 6, 0, 6)'

# --- from the start ------------------------------------------------------------------------

# says NAME WHY: the line that refused() saw gives the reason
says() { like "$(grep '^pycshim: ' "$TMP/refused.err")" ": $2; nothing is redirected\$" "${1}_says_why"; }

make_tree
: >"$TMP/file"
SHADOW=$TMP/file refused root_that_is_a_file "$none"
says root_that_is_a_file 'is not a directory'
SHADOW=$TMP/file/below refused root_below_a_file "$none"
is "$(stat -c %s "$TMP/file")" 0 root_that_is_a_file_is_left_alone
SHADOW=/proc/none/shadow refused root_that_cannot_be_made "$none"
says root_that_cannot_be_made 'cannot be opened'
SHADOW=$TMP/$(printf 'x%.0s' {1..300}) refused root_with_a_name_too_long "$none"
says root_with_a_name_too_long 'is too long'
mkdir -m 777 "$TMP/open"
SHADOW=$TMP/open refused root_that_others_can_write "$none"
says root_that_others_can_write 'made by somebody else or writable by others'
mkdir -m 000 "$TMP/shut"
around=(powerless)
SHADOW=$TMP/shut/shadow refused root_that_may_not_be_reached "$none"
says root_that_may_not_be_reached 'permission denied'
around=()

if can_mount; then
	# shellcheck disable=SC2016 # for the inner shell
	around=(mounts sh -c 'mount -t tmpfs none /proc && exec "$@"' sh)
	refused root_without_proc "$none"
	around=()
else
	skip "no mounts here" root_without_proc
fi

# An invalid setting turns the library off: the cache in place is used as without it.
mistaken() {
	make_tree
	clean_env LD_PRELOAD="$LIB" PYCSHIM_RECORD="$TMP/none" PYCSHIM_MODE=redirect PYCSHIM_ROOT="$SHADOW" \
		"${@:2}" "$python" "${py_flags[@]}" -c "$program" >"$TMP/out" 2>"$TMP/err"
	is "$(cat "$TMP/out") $(wc -l <"$TMP/err")" "$printed 1" "${1}_is_named_once" "$(cat "$TMP/err")"
	is "$(find "$TREE" -name '*.pyc' | wc -l) $(find "$SHADOW" "$TMP/none" 2>/dev/null)" "6 " "${1}_turns_it_off"
}
mistaken root_not_absolute PYCSHIM_ROOT=shadow
mistaken root_longer_than_a_path PYCSHIM_ROOT="/$(printf 'x%.0s' {1..5000})"
mistaken mode_mistyped PYCSHIM_MODE=redirekt
mistaken root_and_recording_alike PYCSHIM_ROOT="$TMP/none" PYCSHIM_RECORD="$TMP/none"
# Root and recording are the same path, spelled differently.
make_tree
SHADOW=$TMP//alike start "$TMP/alike" >"$TMP/out" 2>"$TMP/err"
is "$(cat "$TMP/out") $(wc -l <"$TMP/err")" "$printed 1" root_and_recording_alike_but_for_a_slash_is_named_once \
	"$(cat "$TMP/err")"

# A root whose path is nearly PATH_MAX long is used too.
make_tree
component=$(printf 'y%.0s' {1..200})
SHADOW=$TMP
while [ ${#SHADOW} -lt 3700 ]; do SHADOW+=/$component; done
start "$TMP/one" >"$TMP/out" 2>"$TMP/err"
start "$TMP/two" >>"$TMP/out" 2>>"$TMP/err"
is "$(cat "$TMP/out" "$TMP/err") $(totals "$TMP/two")" "$printed"$'\n'"$printed (6, 6, 0, 0, 0)" \
	root_as_long_as_a_path_is_used
SHADOW=$TMP/shadow

# Paths up to PATH_MAX: if the name in the shadow would be longer, the call is made in
# place.
deep=$(helper -c '
import os, sys
os.chdir(sys.argv[1])
path = sys.argv[1]
while len(path) < 4040 - 200:
    os.mkdir("z" * 150); os.chdir("z" * 150); path += "/" + "z" * 150
rest = 4050 - len(path) - len("/__pycache__/m.cpython-300.pyc") - 1
os.mkdir("w" * rest)
print(path + "/" + "w" * rest)' "$TMP")
for length in 1 20 40; do
	out=$(redirected "$TMP/one" PYCSHIM_ONLY="$TMP/*" "$python" -I -S -c '
import os, sys
cache = sys.argv[1] + "/__pycache__"
pyc = cache + "/" + "m" * int(sys.argv[2]) + ".pyc"
os.path.isdir(cache) or os.mkdir(cache)
open(pyc, "w").close()
open(pyc).close()
try:
    os.stat(pyc)
except OSError as error:
    print(error.errno)
print(os.listdir(cache) != [])' "$deep" $length 2>&1)
	like "$out" '^(2'$'\n'')?True$' "path_of_$((${#deep} + 17 + length))_bytes_works"
done

# --- while the program runs
# ----------------------------------------------------------------

# midway NAME TOTALS LINES COMMAND: COMMAND runs between the imports of b and c
cat >"$TMP/midway.py" <<'END'
import subprocess, sys, time
sys.path.insert(0, sys.argv[1])
import pkg.a, pkg.b
if sys.argv[2]:
    subprocess.check_call(["sh", "-c", sys.argv[2]])
import pkg.c, pkg.sub
print(" ".join([pkg.a.value, pkg.b.value, pkg.c.value, str(pkg.sub.d.x)]))
END
midway() {
	make_tree
	[ ! -e "$TMP/moved" ] || rm -rf "$TMP/moved"
	redirected "$TMP/rec" root="$SHADOW" moved="$TMP/moved" "$python" "${py_flags[@]}" \
		"$TMP/midway.py" "$TREE" "$4" >"$TMP/out" 2>"$TMP/err"
	is "$? $(cat "$TMP/out")" "0 $printed" "root_${1}_in_mid_run_lets_the_program_run" "$(cat "$TMP/err")"
	is "$(totals "$TMP/rec")" "$2" "root_${1}_in_mid_run_keeps_what_it_can" "$(cat "$TMP/err")"
	is "$(grep -c '^pycshim: ' "$TMP/err") $(grep -vc '^pycshim: ' "$TMP/err")" "$3 0" \
		"root_${1}_in_mid_run_is_named_$3" "$(cat "$TMP/err")"
	is "$(find "$TREE" -name '*.pyc')" "" "root_${1}_in_mid_run_leaves_places_alone"
}
pycs() { find "$1" -name '*.pyc' 2>/dev/null | wc -l; }

midway untouched "(6, 0, 6, 6, 0)" 0 ''
midway removed "(6, 0, 6, 6, 0)" 0 'rm -rf "$root"'
is "$(pycs "$SHADOW")" 3 root_removed_in_mid_run_is_made_again
midway emptied "(6, 0, 6, 6, 0)" 0 'rm -rf "$root"/*'
midway replaced_by_a_file "(6, 0, 6, 3, 3)" 1 'rm -rf "$root"; : >"$root"'
is "$(stat -c %s "$SHADOW")" 0 root_replaced_by_a_file_is_left_alone
midway replaced_by_a_link "(6, 0, 6, 3, 3)" 1 'rm -rf "$root"; mkdir "$moved"; ln -s "$moved" "$root"'
is "$(pycs "$TMP/moved")" 0 root_replaced_by_a_link_is_not_followed
midway moved_away "(6, 0, 6, 6, 0)" 0 'mv "$root" "$moved"'
is "$(pycs "$TMP/moved") $(pycs "$SHADOW")" "6 0" root_moved_away_is_used_where_it_is
midway replaced_by_another "(6, 0, 6, 6, 0)" 0 'mv "$root" "$moved"; mkdir -p "$root"'
is "$(pycs "$TMP/moved") $(pycs "$SHADOW")" "6 0" root_replaced_by_another_is_used_where_it_is
midway replaced_by_an_open_one "(6, 0, 6, 3, 3)" 1 'rm -rf "$root"; mkdir "$root"; chmod 777 "$root"'

# A program that removes the shadow by its name removes the shadow, not the tree it
# mirrors.
for how in 'shutil.rmtree(sys.argv[1])' 'subprocess.check_call(["rm", "-rf", sys.argv[1]])'; do
	make_tree
	start "$TMP/one" >"$TMP/out"
	clean_env "$python" "${py_flags[@]}" -m compileall -q "$TREE" >>"$TMP/out"
	redirected "$TMP/one" "$python" "${py_flags[@]}" -c "import shutil, subprocess, sys; $how" "$SHADOW"
	is "$? $(pycs "$TREE") $(pycs "$SHADOW")" "0 6 0" "root_removed_by_${how%%.*}_leaves_places_alone"
done

if ! can_mount; then skip_all "no mounts here" roots_on_mounts; fi
around=(small_tmpfs 1m "$TMP/mount")
mkdir "$TMP/mount"
SHADOW=$TMP/mount/shadow
midway remounted_read_only "(6, 0, 6, 3, 3)" 1 'mount -o remount,ro "${root%/*}"'
midway filled "(6, 0, 6, 3, 3)" 1 'cat /dev/zero >"${root%/*}/filler" 2>/dev/null; true'

# From the start: a root on a full and on a read-only file system.
around=()
readonly_root() { small_tmpfs 64k "$TMP/mount" sh -c 'mount -o remount,ro "$0" && exec "$@"' "$TMP/mount" "$@"; }
full_root() { small_tmpfs 64k "$TMP/mount" sh -c 'cat /dev/zero >"$0/filler" 2>/dev/null; exec "$@"' "$TMP/mount" "$@"; }
for kind in readonly full; do
	make_tree
	around=("${kind}_root")
	refused "root_on_a_${kind}_file_system" "$none"
done

# The disk is full in the middle of a pyc, whose last write is short, which is no error.
make_tree
printf 'x = "%0200000d"\n' 0 >"$TREE/large.py"
around=(small_tmpfs 64k "$TMP/mount")
redirected "$TMP/one" "$python" "${py_flags[@]}" -c "import sys; sys.path.insert(0, '$TREE'); import large; print(len(large.x))" >"$TMP/out" 2>"$TMP/err"
is "$(cat "$TMP/out" "$TMP/err")" "200000
pycshim: $SHADOW: no space left on device; no more pycs are kept" root_filled_by_one_pyc_is_named_once
