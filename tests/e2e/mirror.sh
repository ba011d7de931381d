#!/bin/bash
# SPDX-License-Identifier: MIT
# In root's shadow, the mirror of a user's tree belongs to that user, who can replace its
# directories by symlinks while root's program runs.  The program must not reach anything
# outside of the shadow, and no user may become the owner of another user's directory.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/shadow.bash"

is_root || skip_all "giving files to somebody else needs root"
USER_ID=4001
python=$(python3_path)
py_info "$python"
victim=$TMP/victim
mirror=$SHADOW$TREE/pkg

make_world() {
	local name
	make_tree
	chown -R $USER_ID "$TREE"
	mkdir -m 755 "$SHADOW"
	rm -rf "$victim"
	mkdir -p "$victim/__pycache__" "$victim/sub/__pycache__" "$victim/new"
	for name in a b c; do echo secret >"$victim/__pycache__/$name.$py_tag.pyc"; done
	find "$victim" -exec touch -d 2015-01-01 {} +
}
what_is() { (cd "$1" && find . -printf '%P %y %U %m %s %t\n' | sort && find . -type f | sort | xargs cat); }

# Calls that name a file below the replaced directory, by known and by new names.
cat >"$TMP/work.py" <<'END'
import os, py_compile, subprocess, sys
tree, tag, exchange = sys.argv[1:]
sys.path.insert(0, tree)
import pkg.a
cache = tree + "/pkg/__pycache__/"
pyc = cache + "a.%s.pyc" % tag
print(os.path.exists(pyc))
subprocess.check_call(["sh", "-c", exchange], env={"PATH": os.environ["PATH"]})
for work in (lambda: os.stat(pyc), lambda: os.chmod(pyc, 0o600), lambda: os.utime(pyc, (1, 1)),
             lambda: os.chown(pyc, 1, 1), lambda: os.truncate(pyc, 0), lambda: open(pyc, "ab").write(b"x"),
             lambda: os.chmod(tree + "/pkg/__pycache__", 0o700), lambda: os.listdir(cache),
             lambda: os.rename(pyc, cache + "b.%s.pyc" % tag), lambda: os.unlink(pyc),
             lambda: os.link(cache + "c.%s.pyc" % tag, cache + "l.nbi"), lambda: os.symlink("x", cache + "s.nbi"),
             lambda: os.mkdir(cache + "d"), lambda: os.mkdir(tree + "/pkg/new/__pycache__"),
             lambda: py_compile.compile(tree + "/pkg/c.py"), lambda: __import__("shutil").rmtree(cache)):
    try:
        work()
    except OSError:
        pass
import pkg.b, pkg.sub
print(pkg.b.value, pkg.sub.d.x)
END

# works NAME COMMAND...: COMMAND runs the program
exchange='mv "'$mirror'" "'$mirror'.was" && ln -s "'$victim'" "'$mirror'" && chown -h '$USER_ID' "'$mirror'"'
works() {
	local name=$1
	shift
	make_world
	mkdir "$TREE/pkg/new"
	chown $USER_ID "$TREE/pkg/new"
	what_is "$victim" >"$TMP/before"
	redirected "$TMP/rec" "$@" "$python" "${py_flags[@]}" "$TMP/work.py" "$TREE" "$py_tag" "$exchange" \
		>"$TMP/out" 2>"$TMP/err" </dev/null
	is "$(tr '\n' ' ' <"$TMP/out")" "True b 5 " "${name}_lets_the_program_run" "$(tail -n 5 "$TMP/err")"
	is "$(stat -c %U:%F "$mirror" 2>&1)" "UNKNOWN:symbolic link" "${name}_is_exchanged"
	what_is "$victim" >"$TMP/after"
	same "${name}_reaches_nothing_outside" "$TMP/after" "$TMP/before"
}
works mirror_that_is_exchanged
if PATH=$SYSTEM_PATH command -v strace >/dev/null && strace -o /dev/null -e trace=openat2 true 2>/dev/null; then
	for error in ENOSYS EPERM; do
		works "mirror_that_is_exchanged_without_openat2_$error" \
			strace -f -o /dev/null -e trace=openat2 -e "inject=openat2:error=$error"
	done
else
	skip "no strace that knows openat2" mirror_without_openat2
fi

# A mirror that nobody changes belongs to the user and is used.
make_world
start "$TMP/one" >"$TMP/out" 2>&1
start "$TMP/two" >>"$TMP/out" 2>&1
is "$(cat "$TMP/out") $(totals "$TMP/two") $(stat -c %u "$mirror")" \
	"$printed"$'\n'"$printed (6, 6, 0, 0, 0) $USER_ID" mirror_of_a_users_tree_is_used
PATH=$SYSTEM_PATH command -v strace >/dev/null || skip_all "no strace" mirror_without_openat2_is_used
redirected "$TMP/two" strace -f -o /dev/null -e trace=openat2 -e inject=openat2:error=ENOSYS \
	"$python" "${py_flags[@]}" -c "$program" >"$TMP/out" 2>&1
is "$(cat "$TMP/out") $(totals "$TMP/two")" "$printed (6, 6, 0, 0, 0)" mirror_without_openat2_is_used

# kept NAME MODE OWNER COMMAND...: without CAP_CHOWN, or in a user namespace, the mirror
# cannot be given to the owner of the tree; it then belongs to this user and is used.
kept() {
	local name=$1 mode=$2 owner=$3
	shift 3
	make_world
	chmod "$mode" "$TREE/pkg"
	chown -R "$owner" "$TREE"
	chmod 700 "$SHADOW"
	around=("$@")
	start "$TMP/one" >"$TMP/out" 2>&1
	start "$TMP/two" >>"$TMP/out" 2>&1
	around=()
	is "$(cat "$TMP/out") $(totals "$TMP/two")" "$printed"$'\n'"$printed (6, 6, 0, 0, 0)" "${name}_is_kept"
	[ "${owner%:*}" = 0 ] ||
		is "$(find "$mirror" "$mirror/__pycache__" -maxdepth 0 -perm /022)" "" "${name}_is_open_to_nobody"
}
for mode in 755 775 2775 777; do
	kept "mirror_of_mode_${mode}_without_capabilities" $mode $USER_ID:$USER_ID powerless
	kept "mirror_of_mode_${mode}_of_roots_without_capabilities" $mode 0:0 powerless
done
if unshare -Ur true 2>/dev/null; then
	kept mirror_in_a_user_namespace 775 $USER_ID:$USER_ID unshare -Ur
else
	skip "no user namespaces" mirror_in_a_user_namespace
fi
