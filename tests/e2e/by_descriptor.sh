#!/bin/bash
# SPDX-License-Identifier: MIT
# A directory descriptor or working directory stays that directory, even when its name is
# given to another one: in redirect as without the library.  rmtree() and rm rely on it,
# so that, run by root, they delete nothing outside of their tree.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/shadow.bash"

is_root || skip_all "changing the user needs root"
can_mount || skip_all "no mounts here"
python=$(python3_path)

# cache DIRECTORY WORD: fill a cache with files that contain WORD
make_cache() {
	local name
	mkdir -p "$1/sub"
	for name in {a,b,c,d}.cpython-311.pyc data.nbi; do echo "$2 $name" >"$1/$name"; done
	find "$1" -exec touch -d 2015-01-01 {} +
}
make_world() {
	rm -rf "$TREE" "$SHADOW" "$TMP/other"
	make_cache "$TREE/pkg/__pycache__" ours
	make_cache "$TMP/other/__pycache__" another
	echo only >"$TMP/other/__pycache__/only.cpython-311.pyc"
	touch "$TREE/pkg/"{a,b,c,d,e,f,l,only}.py
	find "$TMP/other" -exec touch -d 2015-01-01 {} +
}
# what_is DIRECTORY: list its files
what_is() { (cd "$1" && find . -printf '%P %y %m %s %t\n' | sort && find . -type f | sort | xargs cat); }

# --- the name is given to another directory, the descriptor stays ------------------------------

swap='mount --bind "'$TMP/other/__pycache__'" "'$TREE/pkg/__pycache__'"'
for how in descriptor inside; do
	make_world
	mounts env -i PATH="$SYSTEM_PATH" "$python" -I -S "$TOP/tests/e2e/by_descriptor.py" \
		"$TREE/pkg/__pycache__" $how "$swap" >"$TMP/without" 2>&1
	make_world
	what_is "$TMP/other" >"$TMP/before"
	around=(mounts)
	redirected "$TMP/rec" "$python" -I -S "$TOP/tests/e2e/by_descriptor.py" "$TREE/pkg/__pycache__" $how "$swap" \
		>"$TMP/with" 2>&1
	around=()
	same "calls_by_${how}_are_as_without_the_library" "$TMP/with" "$TMP/without"
	check "calls_by_${how}_do_something" test "$(wc -l <"$TMP/with")" -gt 30
	what_is "$TMP/other" >"$TMP/after"
	same "calls_by_${how}_leave_the_other_directory_alone" "$TMP/after" "$TMP/before"
done

# --- the same with a descriptor of the shadow's directory
# -----------------------------------------

make_world
redirected "$TMP/rec" "$python" -I -S -c 'import os, sys; os.chmod(sys.argv[1] + "/data.nbi", 0o640)' "$TREE/pkg/__pycache__"
check descriptor_is_of_the_shadow test -e "$SHADOW$TREE/pkg/__pycache__/data.nbi"
what_is "$TMP/other" >"$TMP/before"
redirected "$TMP/rec" "$python" -I -S "$TOP/tests/e2e/by_descriptor.py" "$TREE/pkg/__pycache__" shadow \
	'mv "'"$TREE/pkg"'" "'"$TREE/was"'"; ln -s "'"$TMP/other"'" "'"$TREE/pkg"'"' >"$TMP/with" 2>&1
is "$(sort "$TMP/with" | uniq -c | tr -s ' \n' ' ')" " 1 rmdir ENOENT 4 unlink ENOENT 1 unlink None " \
	unlink_by_a_descriptor_of_the_shadow_is_about_the_shadow
what_is "$TMP/other" >"$TMP/after"
same unlink_by_a_descriptor_of_the_shadow_follows_no_link "$TMP/after" "$TMP/before"

# --- root removes the tree of a user, who replaces a directory in it by a symlink
# ------------------

need gcc
cat >"$TMP/exchange.c" <<'END'
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int count, char **name)
{
	volatile int wait;

	if (count < 3)
		return 2;
	for (;;) {
		syscall(SYS_renameat2, AT_FDCWD, name[1], AT_FDCWD, name[2], 2 /* RENAME_EXCHANGE */);
		for (wait = 0; wait < 300; wait++)
			;
	}
}
END
gcc -O1 -o "$TMP/exchange" "$TMP/exchange.c" || exit 1
mkdir "$TMP/victim" "$TMP/user"
for name in {1..200}; do : >"$TMP/victim/$name.pyc"; done
chown 65534 "$TMP/user"

# removes NAME COMMAND...: root runs it six times, and every second time the shadow has
# the directory too
removes() {
	local name=$1 round user
	shift
	for ((round = 0; round < 6; round++)); do
		rm -rf "$SHADOW"
		user=$TMP/user/$name$round
		unprivileged sh -c 'mkdir -p "$0/a/__pycache__" "$0/b" && ln -s "$1" "$0/b/link" &&
			cd "$0/a/__pycache__" && touch $(seq -f %g.pyc 200)' "$user" "$TMP/victim"
		[ $((round % 2)) = 0 ] || redirected "$TMP/rec" PYCSHIM_ONLY="$TMP/user" "$python" -I -S -c \
			'import os, sys; os.chmod(sys.argv[1], 0o640)' "$user/a/__pycache__/1.pyc"
		begin clean_env setpriv --reuid=65534 --regid=65534 --clear-groups "$TMP/exchange" \
			"$user/a/__pycache__" "$user/b/link"
		sleep 0.05
		redirected "$TMP/rec" PYCSHIM_ONLY="$TMP/user" PYCSHIM_PROCESSES=all timeout 100 "$@" "$user/a" >"$TMP/out" 2>&1
		end "$begun"
	done
	is "$(find "$TMP/victim" -name '*.pyc' | wc -l)" 200 "${name}_of_a_users_tree_deletes_nothing_elsewhere"
}
removes rmtree "$python" -I -S -c 'import shutil, sys; shutil.rmtree(sys.argv[1], ignore_errors=True)'
removes rm rm -rf
