#!/bin/bash
# SPDX-License-Identifier: MIT
# Another tree appears under the same names while the program runs: the shadow's pycs
# belong to the old tree and must not be used, although the sources look the same.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/shadow.bash"

is_root || skip_all "another root needs root"
can_mount || skip_all "no mounts here"
python=$(python3_path)
py_info "$python"
make_tree
NEW=$TMP/new
mkdir "$NEW"
mkdir -p "$NEW$TREE"
cp -a "$TREE/." "$NEW$TREE"
sed -i "s/'a'/'A'/" "$NEW$TREE/pkg/a.py"
find "$TREE" "$NEW" -name '*.py' -exec touch -d '2020-02-02 02:02:02' {} +

cat >"$TMP/enter.py" <<'END_OF_PROGRAM'
import ctypes, os, sys
how, tree, new = sys.argv[1:]
libc = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNS, MS_BIND, MS_REC, MS_PRIVATE, MNT_DETACH = 0x20000, 0x1000, 0x4000, 0x40000, 2


def call(name, *arguments):
    assert getattr(libc, name)(*arguments) == 0, (name, os.strerror(ctypes.get_errno()))


def bind(source, target):
    call("mount", source.encode(), target.encode(), None, MS_BIND | MS_REC, None)


# A child in a private mount namespace sees the other tree in place.
def other_namespace():
    ready, told = os.pipe()
    hold, held = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(held)
        call("unshare", CLONE_NEWNS)
        call("mount", b"none", b"/", None, MS_REC | MS_PRIVATE, None)
        bind(new + tree, tree)
        os.write(told, b"x")
        os.read(hold, 1)
        os._exit(0)
    os.read(ready, 1)
    return os.open("/proc/%d/ns/mnt" % child, os.O_RDONLY)


# a module that has no pyc opens the store
fresh = os.path.dirname(new) + "/fresh"
os.makedirs(fresh, exist_ok=True)
with open("%s/of_%s.py" % (fresh, how), "w"):
    sys.path.insert(0, fresh)
__import__("of_" + how)
sys.path[0] = tree
import pkg.b
if how == "chroot":
    os.chroot(new)
    # nothing that is open leads out of the new root; the library hides its own from fstat()
    fchdir = {"x86_64": 81, "aarch64": 50}[os.uname()[4]]
    print(*[fd for fd in range(3, 4096) if libc.syscall(fchdir, fd) == 0])
    os.chdir("/")
elif how == "pivot_root":
    bind(new, new)
    os.chdir(new)
    call("pivot_root", b".", b".")
    call("umount2", b".", MNT_DETACH)
elif how.startswith("setns"):
    call("setns", other_namespace(), CLONE_NEWNS if how == "setns" else 0)
import pkg.a
print(pkg.b.value, pkg.a.value)
END_OF_PROGRAM

start "$TMP/first" >/dev/null
is "$(totals "$TMP/first")" "(6, 0, 6, 6, 0)" the_shadow_holds_it
for how in none chroot pivot_root setns setns_to_any; do
	expected="b A"
	[ $how != none ] || expected="b a"
	[ $how != chroot ] || expected=$'\n'$expected
	is "$(mounts bash -c '"$@"' - env -i LD_PRELOAD="$LIB" PYCSHIM_MODE=redirect PYCSHIM_ROOT="$SHADOW" PYCSHIM_STORE="$TMP/store" \
		PYCSHIM_RECORD=off PYCSHIM_ONLY="$TREE:$TMP/fresh" "$python" "${py_flags[@]}" "$TMP/enter.py" $how "$TREE" "$NEW" 2>&1)" \
		"$expected" "${how}_shows_what_is_there"
done
