#!/bin/bash
# SPDX-License-Identifier: MIT
# An empty shadow on a tmpfs is not searched; files that any process adds to it are seen
# at once.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/shadow.bash"

is_root || skip_all "changing the user needs root"
can_mount || skip_all "no mounts here"
need strace
NOBODY=65534
python=$(python3_path)
py_info "$python"

mkdir "$TMP/tmpfs"
SHADOW=$TMP/tmpfs/root
make_tree
clean_env "$python" "${py_flags[@]}" -m compileall -q "$TREE"

# searches COMMAND...: run the command, then start the program with all pycs in place.
# Prints how many calls name a pyc in the shadow, or the first directory on the way to
# one.
searches() {
	# shellcheck disable=SC2016 # for the inner shell
	around=(small_tmpfs 8m "$TMP/tmpfs" sh -c '"$0" "$1" && shift && exec "$@"' "$@" "$SHADOW")
	redirected "$TMP/rec" strace -f -qq -e trace=%file -o "$TMP/strace" \
		"$python" "${py_flags[@]}" -c "$program" >"$TMP/out" 2>&1
	around=()
	first=${TREE#/}
	grep -cE "^[0-9]* *([a-z0-9]*\([0-9]+, \"${TREE#/}/.*\.pyc|newfstatat\([0-9]+, \"${first%%/*})\"" "$TMP/strace"
}

is "$(searches true)" 0 shadow_with_nothing_in_it_is_not_searched
is "$(cat "$TMP/out") $(totals "$TMP/rec")" "$printed (6, 6, 0, 0, 0)" shadow_with_nothing_in_it_leaves_what_is_in_place
is "$(searches mkdir)" 0 root_with_nothing_in_it_is_not_searched
mkdir -p "$TMP/bin" && cat >"$TMP/bin/fill" <<'END'
#!/bin/sh
mkdir -m 700 "$1" && ln -s __pycache__ "$1/__pycache__"
END
chmod 755 "$TMP/bin/fill"
check shadow_with_something_in_it_is_searched test "$(searches "$TMP/bin/fill")" -gt 0
is "$(cat "$TMP/out") $(totals "$TMP/rec")" "$printed (6, 6, 0, 0, 0)" shadow_with_something_else_leaves_what_is_in_place

# --- somebody else puts something into it -----------------------------------------------------

# After the first process has read the shadow, another one compiles b and removes the pyc
# of c that is in place.
cat >"$TMP/meet.py" <<'END'
import os, subprocess, sys
tree = sys.argv[1]
command = [sys.executable] + sys.argv[2:] + ["-c"]
sys.path.insert(0, tree)
import pkg.a
import importlib.util
cached = importlib.util.cache_from_source(os.path.join(tree, "pkg", "c.py"))
assert os.path.exists(cached)
subprocess.check_call(command + ["import sys; sys.path.insert(0, %r); import pkg.b" % tree])
subprocess.check_call(command + ["import os; os.unlink(%r)" % cached])
print(os.path.exists(cached), sorted(name.split(".")[0] for name in os.listdir(os.path.dirname(cached))))
import pkg.b
END
rm "$TREE/pkg/__pycache__/b.$py_tag.pyc"
# shellcheck disable=SC2016 # for the inner shell
around=(small_tmpfs 8m "$TMP/tmpfs" sh -c 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"' "$TREE")
redirected "$TMP/rec" "$python" "${py_flags[@]}" "$TMP/meet.py" "$TREE" "${py_flags[@]}" >"$TMP/out" 2>&1
around=()
is "$(cat "$TMP/out")" "False ['__init__', 'a', 'b']" what_another_process_does_is_seen
is "$(totals "$TMP/rec")" "(5, 4, 1, 1, 0)" what_another_process_compiles_is_used

# --- another user's --------------------------------------------------------------------------

# A worker that was started by root, and has read root's empty tree, sees the tree of the
# user that it becomes.
cat >"$TMP/worker.py" <<'END'
import os, sys
sys.path.insert(0, sys.argv[1])
import pkg.a
if os.fork() == 0:
    os.setgid(int(sys.argv[2]))
    os.setuid(int(sys.argv[2]))
    import pkg.b, pkg.c
    print(pkg.a.value, pkg.b.value, pkg.c.value)
    sys.stdout.flush()
    os._exit(0)
assert os.wait()[1] == 0
END
rm "$TREE/pkg/__pycache__/c.$py_tag.pyc"
: >"$TMP/rec"
chmod 666 "$TMP/rec"
# shellcheck disable=SC2016 # for the inner shell
small_tmpfs 8m /dev/shm env -i PATH="$SYSTEM_PATH" LD_PRELOAD="$LIB" PYCSHIM_MODE=redirect PYCSHIM_ONLY="$TREE" \
	PYCSHIM_RECORD="$TMP/rec" sh -c 'program=$1 user=$2 && shift 2 && setpriv --reuid="$user" --clear-groups -- \
"$@" -c "$program" && : >"$PYCSHIM_RECORD" && exec "$@" "$0" "$PYCSHIM_ONLY" "$user"' \
	"$TMP/worker.py" "$program" $NOBODY "$python" "${py_flags[@]}" >"$TMP/out" 2>&1
is "$(cat "$TMP/out")" "$printed"$'\n'"a b c" worker_of_another_user_runs
is "$(totals "$TMP/rec")" "(4, 4, 0, 0, 0)" worker_of_another_user_finds_its_own_tree
