#!/bin/bash
# SPDX-License-Identifier: MIT
# Bytecode is code: no shadow, and nothing in a shadow, is used if another user made it or
# could have changed it.  Each attack is refused with one line, and the program runs.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/shadow.bash"

is_root || skip_all "giving files to somebody else needs root"
NOBODY=65534
python=$(python3_path)
py_info "$python"

make_tree
start "$TMP/one" >"$TMP/out"
is "$(totals "$TMP/one")" "(6, 0, 6, 6, 0)" shadow_without_attack_is_written
cp -a "$SHADOW" "$TMP/good"
ours=$SHADOW$TREE/pkg/__pycache__
pyc=$ours/a.$py_tag.pyc

# An evil pyc whose source has the same size and second, so that only ownership exposes
# it.
evil=$TMP/evil
mkdir "$evil"
sed 's/a/e/2' "$TREE/pkg/a.py" >"$evil/a.py"
touch -r "$TREE/pkg/a.py" "$evil/a.py"
clean_env "$python" "${py_flags[@]}" -m compileall -q "$evil" >"$TMP/out"
evil_pyc=$evil/__pycache__/a.$py_tag.pyc
# Its file gets the stamp of identity.h, which everyone who can write there can set.
clean_env "$python" "${py_flags[@]}" -c 'import os, sys
pyc, evil = sys.argv[1:]
os.utime(evil, ns=(0, os.stat(pyc).st_mtime_ns))' "$pyc" "$evil_pyc"
cp -p "$evil_pyc" "$pyc"
is "$(start "$TMP/one")" "e b c 5" evil_pyc_of_our_own_would_be_run
chown -R $NOBODY "$evil"

# attack NAME TOTALS COMMAND: COMMAND changes a valid shadow, and the program refuses it
attack() {
	rm -rf "$SHADOW"
	cp -a "$TMP/good" "$SHADOW"
	eval "$3"
	refused "$1" "$2"
}

# --- a pyc ---------------------------------------------------------------------------------

one_written='(6, 5, 1, 1, 0)'
attack pyc_made_by_another "$one_written" 'cp -p "$evil_pyc" "$pyc"; chown $NOBODY "$pyc"'
start "$TMP/two" >"$TMP/out" 2>&1
is "$(cat "$TMP/out") $(totals "$TMP/two")" "$printed (6, 6, 0, 0, 0)" pyc_made_by_another_is_replaced
for mode in 664 646 666; do
	attack "pyc_of_mode_$mode" "$one_written" 'cp -p "$evil_pyc" "$pyc"; chmod $mode "$pyc"'
done
attack pyc_that_is_a_link_to_anothers "$one_written" 'ln -sf "$evil_pyc" "$pyc"'
attack pyc_that_is_anothers_link "$one_written" \
	'mv "$pyc" "$ours/real"; ln -s real "$pyc"; chown -h $NOBODY "$pyc"'
attack pyc_that_is_a_hard_link_to_anothers "$one_written" 'ln -f "$evil_pyc" "$pyc"'
is "$(stat -c %u "$evil_pyc")" $NOBODY hard_link_is_left_alone
attack pyc_that_is_a_fifo "$one_written" 'rm "$pyc"; mkfifo "$pyc"'
attack pyc_that_is_anothers_fifo "$one_written" 'rm "$pyc"; mkfifo "$pyc"; chown $NOBODY "$pyc"'
attack pyc_that_is_a_device "$one_written" 'rm "$pyc"; mknod "$pyc" c 1 5'

# Nothing is written through planted links.
attack pyc_that_is_a_hard_link_to_a_writable "$one_written" \
	'rm "$pyc"; ln "$evil/a.py" "$pyc"; chmod 666 "$evil/a.py"'
check planted_hard_link_is_not_written_to grep -q value "$evil/a.py"

# --- a directory of the tree ------------------------------------------------------------------

mkdir "$TMP/outside"
below=${ours#"$SHADOW"/}
directory=$SHADOW depth=0
while [ -n "$below" ]; do
	part=${below%%/*}
	directory+=/$part
	below=${below#"$part"}
	below=${below#/}
	name=directory_$((++depth))
	# pycs outside of pkg/__pycache__ are still used
	use='(6, 0, 6, 0, 6)'
	[ "$part" != __pycache__ ] || use='(6, 2, 4, 0, 4)'
	mode=$(stat -c %a "/${directory#"$SHADOW"/}" 2>/dev/null)
	if [ "$mode" != 1777 ]; then # the place has this mode, and so may its mirror
		attack "${name}_that_all_can_write" "$use" 'chmod o+w "$directory"'
		attack "${name}_that_a_group_can_write" "$use" 'chmod g+w "$directory"'
	fi
	attack "${name}_of_somebody_else" "$use" 'chown $NOBODY "$directory"'
	attack "${name}_that_is_a_link" "$use" \
		'rm -rf "$TMP/outside/x"; mv "$directory" "$TMP/outside/x"; ln -s "$TMP/outside/x" "$directory"'
done
is "$(find "$TMP/outside" -newer "$TMP/refused.out")" "" linked_directory_is_left_alone

# The mirror of a directory that others can write has the same mode, and is used.
rm -rf "$SHADOW"
chmod 777 "$TREE/pkg"
chown $NOBODY "$TREE" "$TREE/pkg/sub"
start "$TMP/one" >"$TMP/out" 2>&1
start "$TMP/two" >>"$TMP/out" 2>&1
is "$(cat "$TMP/out") $(totals "$TMP/two")" "$printed"$'\n'"$printed (6, 6, 0, 0, 0)" \
	directory_as_open_as_its_place_is_used
is "$(stat -c '%a %u' "$SHADOW$TREE/pkg" "$SHADOW$TREE/pkg/sub")" "777 0"$'\n'"755 $NOBODY" \
	directory_mirrors_its_place
chmod 755 "$TREE/pkg"
chown -R 0 "$TREE"

# Files that the library creates in the shadow are never refused later.
rm -rf "$SHADOW"
chmod -R g+w "$TREE"
umask 002
start "$TMP/one" >"$TMP/out" 2>&1
start "$TMP/two" >>"$TMP/out" 2>&1
umask 022
is "$(cat "$TMP/out") $(totals "$TMP/two")" "$printed"$'\n'"$printed (6, 6, 0, 0, 0)" \
	group_writable_sources_give_pycs_that_are_used
redirected "$TMP/one" "$python" -I -S -c 'import os, sys; os.chmod(sys.argv[1], 0o666)' "${pyc#"$SHADOW"}"
start "$TMP/two" >"$TMP/out" 2>&1
is "$(cat "$TMP/out") $(totals "$TMP/two")" "$printed (6, 6, 0, 0, 0)" chmod_of_a_pyc_keeps_it_in_use

# --- the root -------------------------------------------------------------------------------

none='(6, 0, 6, 0, 6)'
SHADOW=$TMP/root
for mode in 770 777 757 720; do
	attack "root_of_mode_$mode" "$none" 'chmod $mode "$SHADOW"'
done
attack root_of_somebody_else "$none" 'chown $NOBODY "$SHADOW"'
for kind in p c; do
	attack "root_that_is_a_special_file_$kind" "$none" \
		'rm -rf "$SHADOW"; if [ $kind = p ]; then mkfifo "$SHADOW"; else mknod "$SHADOW" c 1 5; fi'
done
rm -rf "$SHADOW"
for linked in one one/two one/two/three; do
	rm -rf "$TMP/one" "$TMP/elsewhere"
	mkdir -p "$TMP/elsewhere/two/three" "$TMP/one/two/three"
	rm -rf "${TMP:?}/$linked"
	ln -s "$TMP/elsewhere" "$TMP/$linked"
	SHADOW=$TMP/one/two/three refused "root_with_a_link_at_$linked" "$none"
done
is "$(find "$TMP/elsewhere" -mindepth 1 -newer "$TMP/one" ! -name two ! -name three)" "" \
	root_with_a_link_writes_nothing_there

# --- the default place ------------------------------------------------------------------------

# by_default NAME COMMAND: only XDG_RUNTIME_DIR is set, and /dev/shm is empty
by_default() {
	rm -rf "$TMP/run"
	mkdir "$TMP/run"
	eval "$2"
	# shellcheck disable=SC2016 # for the inner shell
	small_tmpfs 8m /dev/shm sh -c '"$@" && exec find /dev/shm -name "a.*.pyc"' - \
		env -i PATH="$SYSTEM_PATH" LD_PRELOAD="$LIB" PYCSHIM_MODE=redirect PYCSHIM_ONLY="$TREE" \
		XDG_RUNTIME_DIR="$TMP/run" "$python" "${py_flags[@]}" -c "$program" >"$TMP/out" 2>"$TMP/err"
	is "$(cat "$TMP/out")" "$printed"$'\n'"/dev/shm/pycshim-0/shadow$TREE/pkg/__pycache__/a.$py_tag.pyc" \
		"state_${1}_gives_way_to_the_next" "$(cat "$TMP/err")"
	is "$(find -L "$TMP/run" -type f ! -empty)" "" "state_${1}_is_not_used"
	is "$(grep -c '^pycshim: ' "$TMP/err")" 1 "state_${1}_is_named_once" "$(cat "$TMP/err")"
}

if can_mount; then
	by_default made_by_another 'mkdir -m 700 "$TMP/run/pycshim"; chown $NOBODY "$TMP/run/pycshim"'
	by_default open_to_others 'mkdir -m 755 "$TMP/run/pycshim"'
	by_default that_is_a_link 'mkdir -m 700 "$TMP/run/x"; ln -s x "$TMP/run/pycshim"'
	by_default that_is_a_file ': >"$TMP/run/pycshim"'
	by_default that_is_a_fifo 'mkfifo "$TMP/run/pycshim"'
else
	skip "no mounts here" trust_state
fi

# --- a race ------------------------------------------------------------------------------------

# While shadows are created in a sticky directory, another user plants links and
# directories under their names and removes them again.
mkdir -m 1777 "$TMP/sticky"
mkdir "$TMP/loot"
cp -a "$TMP/good" "$TMP/loot/shadow"
cp -p "$evil_pyc" "$TMP/loot/shadow$TREE/pkg/__pycache__/a.$py_tag.pyc"
chown -R $NOBODY "$TMP/loot"
cat >"$TMP/racer.py" <<'END'
import os, sys
sticky, loot, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
turns = 0
while os.getppid() != 1:
    turns += 1
    name = "%s/root%d" % (sticky, turns // 2 % count)
    try:
        if turns % 2:
            os.symlink(loot + "/shadow", name)
            os.unlink(name)
        else:
            os.rename(loot + "/shadow", name)
            os.rename(name, loot + "/shadow")
    except OSError:
        pass
    if turns == 1000:
        print("racing", flush=True)
END
RACES=12
mkdir -m 777 "$TMP/sticky/loot"
mv "$TMP/loot/shadow" "$TMP/sticky/loot/shadow"
begin unprivileged "$python" -I -S -B "$TMP/racer.py" "$TMP/sticky" "$TMP/sticky/loot" $RACES >"$TMP/racing"
check racer_races wait_until 60 grep -q racing "$TMP/racing"
: >"$TMP/race"
for ((i = 0; i < RACES; i++)); do
	SHADOW=$TMP/sticky/root$i
	for _ in 1 2; do
		start "$TMP/one" 2>"$TMP/race.err" || echo "exit $?"
		[ "$(grep -c '^pycshim: ' "$TMP/race.err")" -le 1 ] || cat "$TMP/race.err"
	done
done >"$TMP/race"
end "$begun"
is "$(sort -u "$TMP/race")" "$printed" race_for_the_root_runs_nobody_elses_code
check race_is_won_now_and_then test "$(find "$TMP/sticky" -name 'b.*.pyc' -user 0 | wc -l)" -ge 1
