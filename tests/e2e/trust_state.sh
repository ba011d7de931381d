#!/bin/bash
# SPDX-License-Identifier: MIT
# Cases in which ownership proves nothing: a file system that a user mounted can show any
# owner, many users show as one in a user namespace, and su passes on the XDG_RUNTIME_DIR
# of another user.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/shadow.bash"

is_root || skip_all "giving files to somebody else needs root"
can_mount || skip_all "no mounts here"
VICTIM=4002 STRANGER=4001
python=$(python3_path)
py_info "$python"
make_tree
chmod -R a+rX "$TMP"

# A stranger's bytecode that matches the source, so that only ownership exposes it.
mkdir "$TMP/evil"
sed 's/a/e/2' "$TREE/pkg/a.py" >"$TMP/evil/a.py"
touch -r "$TREE/pkg/a.py" "$TMP/evil/a.py"
clean_env "$python" "${py_flags[@]}" -m compileall -q "$TMP/evil" >"$TMP/out"
evil_pyc=$TMP/evil/__pycache__/a.$py_tag.pyc
# Its file gets the stamp of identity.h, which everyone who can write there can set.
start "$TMP/one" >"$TMP/out"
clean_env "$python" "${py_flags[@]}" -c 'import os, sys
pyc, evil = sys.argv[1:]
os.utime(evil, ns=(0, os.stat(pyc).st_mtime_ns))' "$SHADOW$TREE/pkg/__pycache__/a.$py_tag.pyc" "$evil_pyc"
evil_shadow() { mkdir -p "$1$TREE/pkg/__pycache__" && cp -p "$evil_pyc" "$1$TREE/pkg/__pycache__/"; }

# The program with no setting except the mode.
start_by_default=(env -i PATH="$SYSTEM_PATH" LD_PRELOAD="$LIB" PYCSHIM_MODE=redirect PYCSHIM_ONLY="$TREE")
import=("$python" "${py_flags[@]}" -c "$program")

# in_shm SHELL-COMMANDS: run with a private /dev/shm, and list it at the end; writes out,
# err
in_shm() {
	small_tmpfs 8m /dev/shm bash -c "$(declare -f evil_shadow)
$1
find /dev/shm \( -name 'a.*.pyc' -o -name recording \) -size +0" - "${start_by_default[@]}" >"$TMP/out" 2>"$TMP/err"
}
# said NAME TEXT: standard error is one line with TEXT
said() {
	is "$(grep -c "^pycshim: .*$2" "$TMP/err") $(grep -c . "$TMP/err")" "1 1" "$1" "$(cat "$TMP/err")"
}
in_state=/dev/shm/pycshim-0
in_shadow=$in_state/shadow$TREE/pkg/__pycache__/a.$py_tag.pyc
sorted() { sort "$TMP/out"; }
export TREE TMP evil_pyc

# --- another file system ---------------------------------------------------------------------

runs="\"\$@\" XDG_RUNTIME_DIR=$TMP/run ${import[*]@Q}"
mkdir "$TMP/run" && mkdir -m 700 "$TMP/run/pycshim"
in_shm "mount -t tmpfs -o mode=700 none \$TMP/run/pycshim && evil_shadow \$TMP/run/pycshim/shadow
$runs; find \$TMP/run -name recording"
is "$(sorted)" "$(printf '%s\n' "$in_state/recording" "$in_shadow" "$printed" | sort)" \
	state_on_another_file_system_gives_way_to_the_next "$(cat "$TMP/err")"
said state_on_another_file_system_is_named_once 'another file system is mounted there'

in_shm "mkdir -m 700 \$TMP/run/pycshim/shadow; mount -t tmpfs -o mode=700 none \$TMP/run/pycshim/shadow &&
evil_shadow \$TMP/run/pycshim/shadow; $runs"
is "$(sorted)" "$printed" shadow_on_another_file_system_is_not_used "$(cat "$TMP/err")"
said shadow_on_another_file_system_is_named_once 'nothing is redirected'

rm -rf "$TMP/run/pycshim/shadow" "$TMP/run/pycshim/recording"
in_shm "touch \$TMP/run/pycshim/recording /dev/shm/recording; chmod 600 /dev/shm/recording
mount --bind /dev/shm/recording \$TMP/run/pycshim/recording; $runs"
is "$(sorted)" "$printed" recording_on_another_file_system_receives_nothing "$(cat "$TMP/err")"
said recording_on_another_file_system_is_named_once 'another file system is mounted there'
is "$(find "$TMP/run/pycshim/shadow" -name 'a.*.pyc' | wc -l)" 1 recording_on_another_file_system_leaves_the_shadow

# --- XDG_RUNTIME_DIR ---------------------------------------------------------------------------

# runtime NAME VALUE: it is ignored without a message, and nothing is created in it
runtime() {
	chmod 777 "$TMP/run"
	in_shm "\"\$@\" XDG_RUNTIME_DIR=$2 ${import[*]@Q}"
	is "$(sorted)" "$(printf '%s\n' "$in_state/recording" "$in_shadow" "$printed" | sort)" "${1}_is_passed_over"
	is "$(cat "$TMP/err")$(find "$TMP/run" -mindepth 1)" "" "${1}_receives_nothing"
	in_shm "env -i PATH=$SYSTEM_PATH XDG_RUNTIME_DIR=$2 $PYCSHIM -s -m redirect --only $TREE ${import[*]@Q}"
	is "$(sorted)" "$(printf '%s\n' "$in_state/recording" "$in_shadow" "$printed" | sort)" "${1}_is_passed_over_by_the_launcher"
	is "$(find "$TMP/run" -mindepth 1)" "" "${1}_receives_nothing_from_the_launcher"
}
rm -rf "$TMP/run" && mkdir "$TMP/run"
chown $VICTIM "$TMP/run"
runtime runtime_directory_of_another_user "$TMP/run"
chown 0 "$TMP/run"
ln -s run "$TMP/linked"
runtime runtime_directory_behind_a_link "$TMP/linked"
runtime runtime_directory_behind_a_link_with_a_slash "$TMP/linked//"
: >"$TMP/file"
runtime runtime_directory_that_is_a_file "$TMP/file"
runtime runtime_directory_that_is_not_there "$TMP/none"
in_shm "\"\$@\" XDG_RUNTIME_DIR=$TMP/run// ${import[*]@Q}"
is "$(cat "$TMP/out" "$TMP/err") $(ls "$TMP/run/pycshim")" "$printed recording"$'\n'shadow \
	runtime_directory_of_this_user_is_used
# an ordinary user does not use root's directory
rm -rf "$TMP/run/pycshim"
in_shm "setpriv --reuid=$VICTIM --regid=$VICTIM --clear-groups \"\$@\" XDG_RUNTIME_DIR=$TMP/run ${import[*]@Q}"
is "$(sed "s,$VICTIM,0,; s,^a b,a b," "$TMP/out" | sort) $(cat "$TMP/err")$(ls "$TMP/run")" \
	"$(printf '%s\n' "$in_state/recording" "$in_shadow" "$printed" | sort) " runtime_directory_of_root_is_not_an_ordinary_users

# --- user namespaces -----------------------------------------------------------------------------

# enter.py INSIDE OUTSIDE COUNT USER COMMAND...: run as USER in a new user namespace with
# that map.
cat >"$TMP/enter.py" <<'END'
import ctypes, os, sys
inside, outside, count, user = map(int, sys.argv[1:5])
ready, go = os.pipe(), os.pipe()
child = os.fork()
if not child:
    ctypes.CDLL(None).unshare(0x10000000)  # CLONE_NEWUSER
    os.write(ready[1], b"x")
    os.read(go[0], 1)
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)
    os.execvp(sys.argv[5], sys.argv[5:])
os.read(ready[0], 1)
for kind in "uid", "gid":
    with open("/proc/%d/%s_map" % (child, kind), "w") as file:
        file.write("%d %d %d" % (inside, outside, count))
os.write(go[1], b"x")
sys.exit(os.WEXITSTATUS(os.waitpid(child, 0)[1]))
END
in_namespace() { clean_env PYTHONDONTWRITEBYTECODE=1 "$python" -I -S "$TMP/enter.py" "$@"; }
if [ "$(in_namespace 0 100000 65536 65534 id -u 2>/dev/null)" != 65534 ]; then
	skip "no user namespaces" overflow_user
	exit
fi

# strangers NAME TOTALS COMMAND...: COMMAND runs the program, which sees a stranger's
# shadow
strangers() {
	rm -rf "$SHADOW" "$TMP/recording"
	evil_shadow "$SHADOW"
	chown -R $STRANGER "$SHADOW"
	install -m 666 /dev/null "$TMP/recording"
	"${@:3}" env -i PATH="$SYSTEM_PATH" LD_PRELOAD="$LIB" PYCSHIM_MODE=redirect PYCSHIM_ROOT="$SHADOW" \
		PYCSHIM_RECORD="$TMP/recording" PYCSHIM_ONLY="$TREE" "${import[@]}" >"$TMP/out" 2>"$TMP/err"
	is "$(cat "$TMP/out")" "$printed" "${1}_is_not_used" "$(cat "$TMP/err")"
	said "${1}_is_named_once" 'nothing is redirected'
	is "$(totals "$TMP/recording")" "$2" "${1}_is_a_read_only_file_system"
}
strangers shadow_of_one_who_is_mapped_nowhere '(6, 0, 6, 0, 6)' \
	setpriv --reuid=$VICTIM --regid=$VICTIM --clear-groups unshare -U
strangers shadow_seen_by_a_containers_nobody '(6, 0, 6, 0, 6)' in_namespace 0 100000 65536 65534
chown -R 0 "$SHADOW"
is "$(start "$TMP/one" 2>&1)" "e b c 5" evil_pyc_of_our_own_would_be_run

# Two unmapped users show as the same one but are not: an open directory of such an owner
# is not trusted as the mirror of an open place.
rm -rf "$SHADOW" "$TMP/recording"
evil_shadow "$SHADOW"
chown -R 100000 "$SHADOW"
chown 4003 "$TREE/pkg"
chown $STRANGER "$SHADOW$TREE/pkg"
in_namespace 0 100000 65536 0 env -i PATH="$SYSTEM_PATH" LD_PRELOAD="$LIB" PYCSHIM_MODE=redirect PYCSHIM_ROOT="$SHADOW" \
	PYCSHIM_RECORD=off PYCSHIM_ONLY="$TREE" "${import[@]}" >"$TMP/out" 2>"$TMP/err"
is "$(cat "$TMP/out")" "$printed" directory_of_one_stranger_for_the_place_of_another_is_not_used "$(cat "$TMP/err")"
chown 0 "$TREE/pkg"

# In a namespace that maps all users, the user 65534 is an ordinary user.
rm -rf "$SHADOW"
mkdir -m 700 "$SHADOW"
chown 65534 "$SHADOW"
touch "$TMP/recording" && chmod 666 "$TMP/recording"
for _ in 1 2; do
	setpriv --reuid=65534 --regid=65534 --clear-groups env -i PATH="$SYSTEM_PATH" LD_PRELOAD="$LIB" PYCSHIM_MODE=redirect \
		PYCSHIM_ROOT="$SHADOW" PYCSHIM_RECORD="$TMP/recording" PYCSHIM_ONLY="$TREE" "${import[@]}"
done >"$TMP/out" 2>"$TMP/err"
is "$(cat "$TMP/out" "$TMP/err") $(totals "$TMP/recording")" "$printed"$'\n'"$printed (12, 6, 6, 6, 0)" \
	nobody_without_a_namespace_is_a_user
