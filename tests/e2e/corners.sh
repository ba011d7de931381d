#!/bin/bash
# SPDX-License-Identifier: MIT
# Rare operations that could expose redirect: descriptors, truncated names, files that
# were removed and created again, symlinks above a pyc beside its source.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/shadow.bash"

python=$(python3_path)
py_info "$python"

# corner NAME WANTED [ARG...] <<'END': the Python code prints WANTED in a new tree with
# pycs
settings=()
corner() {
	local name=$1 wanted=$2
	shift 2
	cat >"$TMP/corner.py"
	make_tree
	clean_env "$python" -I -S -m compileall -q "$TREE"
	redirected "$TMP/rec" "${settings[@]}" "$python" -I -S -B "$TMP/corner.py" "$TREE" "$SHADOW" "$@" >"$TMP/out" 2>"$TMP/err"
	is "$(cat "$TMP/out")" "$wanted" "$name" "$(cat "$TMP/err")"
}

corner descriptors_stay_open_in_children_as_asked "True False True False" <<'END'
import fcntl, os, sys
cache = sys.argv[1] + "/pkg/__pycache__/"
inherited = lambda flags: not fcntl.fcntl(libc.open((cache + "x.pyc").encode(), flags, 0o644), fcntl.F_GETFD)
import ctypes
libc = ctypes.CDLL(None)
made = os.O_WRONLY | os.O_CREAT
print(inherited(made), inherited(made | os.O_CLOEXEC), inherited(os.O_RDONLY), inherited(os.O_CLOEXEC))
END

corner pyc_in_parts_is_written_to_the_shadow "6 b'abcdef'" <<'END'
import os, sys
path = sys.argv[1] + "/pkg/__pycache__/x.pyc"
fd = os.open(path, os.O_WRONLY | os.O_CREAT)
written = os.writev(fd, [b"abc", b"def"])
os.close(fd)
print(written, open(path, "rb").read())
END
is "$(cat "$TMP/err")" "" pyc_in_parts_is_no_complaint

# temporary file of a process in another container, or of one that was killed
corner process_with_the_same_pid_is_in_nobodys_way "0o600 0o600" <<'END'
import os, stat, sys
cache = sys.argv[1] + "/pkg/__pycache__/"


def change(name):
    os.chmod(cache + name, 0o600)
    return oct(stat.S_IMODE(os.stat(cache + name).st_mode))


first, second, *_ = sorted(os.listdir(cache))
before = change(first)
os.symlink("other", "%s%s.pycshim-%d-%d" % (sys.argv[2], cache, os.getpid(), os.getpid()))
print(before, change(second))
END

corner changes_leave_no_descriptor_open "1" <<'END'
import os, sys
cache = sys.argv[1] + "/pkg/__pycache__/"


def change(name):
    os.chmod(cache + name, 0o600)
    os.rename(cache + name, cache + "moved")
    os.unlink(cache + "moved")
    return len(os.listdir("/proc/self/fd"))


print(len(set(change(name) for name in os.listdir(cache))))
END

# A whiteout is a symlink to itself.  The test plants it, because the library makes none
# where it can remove the file itself.
corner hidden_pyc_opened_as_a_mere_name_is_not_there "2 2 2 40" <<'END'
import os, sys
cache = sys.argv[1] + "/pkg/__pycache__/"
name = os.listdir(cache)[0]
os.makedirs(sys.argv[2] + cache, 0o700)
os.symlink(name, sys.argv[2] + cache + name)
os.symlink(name, cache + "link.pyc")


def error(path, flags):
    try:
        return os.open(path, flags) and 0
    except OSError as error:
        return error.errno


print(*(error(cache + name, flags) for flags in (os.O_RDONLY, os.O_PATH, os.O_PATH | os.O_NOFOLLOW)),
      error(cache + "link.pyc", os.O_RDONLY | os.O_NOFOLLOW))
END
is "$(cat "$TMP/err")" "" hidden_pyc_opened_as_a_mere_name_is_no_complaint

corner whiteout_that_replaced_a_temporary_file_is_not_renamed "2 True" <<'END'
import os, sys
cache = sys.argv[1] + "/pkg/__pycache__/"
name = sorted(os.listdir(cache))[0]
temporary = name + ".123"
os.close(os.open(cache + temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644))
os.unlink(cache + temporary)
os.symlink(temporary, sys.argv[2] + cache + temporary)
try:
    print(os.rename(cache + temporary, cache + name))
except OSError as error:
    print(error.errno, os.path.exists(cache + name))
END

corner link_read_into_a_small_buffer_tells_nothing_of_the_shadow "True True True" <<'END'
import ctypes, os, sys
libc = ctypes.CDLL(None)
path = sys.argv[1] + "/pkg/__pycache__/new.pyc"
fd = os.open(path, os.O_RDWR | os.O_CREAT)
link, path = b"/proc/self/fd/%d" % fd, path.encode()


def read(size):
    buffer = ctypes.create_string_buffer(b"#" * 4096)
    length = libc.readlink(link, buffer, size)
    return buffer.raw[:length]


print(read(4096) == path, all(read(size) == path[:size] for size in range(1, len(path))), read(len(path)) == path)
END

corner link_read_into_a_cleared_buffer_ends_where_its_target_does "True" <<'END'
import ctypes, os, sys
libc = ctypes.CDLL(None)
path = sys.argv[1] + "/pkg/__pycache__/new.pyc"
fd = os.open(path, os.O_RDWR | os.O_CREAT)
buffer = ctypes.create_string_buffer(4096)
libc.readlink(b"/proc/self/fd/%d" % fd, buffer, 4095)
print(buffer.value == path.encode())
END

corner source_made_in_a_cache_is_there "1 True" <<'END'
import os, sys
cache = sys.argv[1] + "/pkg/__pycache__"
with open(cache + "/gen.py", "w") as file:
    file.write("x = 1\n")
sys.path.insert(0, cache)
sys.dont_write_bytecode = False
import gen
with open(cache + "/later.py", "w") as file:
    pass
sys.modules.pop("gen")
import gen
print(gen.x, os.path.exists(cache + "/later.py"))
END
check source_made_in_a_cache_is_not_in_place test ! -e "$TREE/pkg/__pycache__/later.py"

corner file_that_may_not_be_used_is_not_written_to "untouched mine" <<'END'
import os, sys
path = sys.argv[1] + "/pkg/__pycache__/new.pyc"
kept = sys.argv[2] + path
with open(path, "w") as file:
    file.write("untouched")
os.link(kept, sys.argv[2] + "/another")
os.chmod(sys.argv[2] + "/another", 0o666)
with open(path, "w") as file:
    file.write("mine")
print(open(sys.argv[2] + "/another").read(), open(path).read())
END

if can_mount; then
	around=(readonly_mount "$TREE")
	corner cache_that_was_made_again_is_renamed "['n.pyc'] False" <<'END'
import os, shutil, sys
cache, moved = sys.argv[1] + "/pkg/__pycache__", sys.argv[1] + "/pkg/sub/__pycache__"
shutil.rmtree(moved)
shutil.rmtree(cache)
os.mkdir(cache)
open(cache + "/n.pyc", "w").close()
os.rename(cache, moved)
print(os.listdir(moved), os.path.exists(cache))
END
	around=()
else
	skip "no mounts here" cache_that_was_made_again_is_renamed
fi

settings=(PYCSHIM_ONLY=/)
corner root_directory_is_as_any_other "False ['m.pyc'] True"$'\n'"False" <<'END'
import os, subprocess, sys
name = "/pycshim-%d.pyc" % os.getpid()
os.mkdir(name)
open(name + "/m.pyc", "w").close()
in_place = subprocess.call(["test", "-e", name], env={}) == 0
print(os.path.isdir(sys.argv[2] + name), os.listdir(name), in_place)
os.unlink(name + "/m.pyc")
os.rmdir(name)
print(os.path.exists(name))
END

settings=()
corner pyc_beside_its_source_is_that_of_the_directory_behind_a_link "one True False two" <<'END'
import os, sys
tree = sys.argv[1]
for version in "one", "two":
    os.makedirs(tree + "/" + version + "/lib")
    open(tree + "/" + version + "/lib/m.py", "w").close()
current = tree + "/current"
os.symlink("one", current)
with open(current + "/lib/m.pyc", "w") as file:
    file.write("one")
seen = [open(tree + "/one/lib/m.pyc").read(), os.path.exists(sys.argv[2] + tree + "/one/lib/m.pyc")]
os.symlink("two", current + ".new")
os.rename(current + ".new", current)
seen.append(os.path.exists(current + "/lib/m.pyc"))
with open(current + "/lib/m.pyc", "w") as file:
    file.write("two")
print(*seen, open(tree + "/two/lib/m.pyc").read())
END

# If the shadow had a directory in place of the link, rmtree() would empty the link's
# target.
corner cache_that_is_a_link_stays_one "True ['kept', 'm.pyc'] ['kept', 'm.pyc'] ['kept', 'm.pyc'] False" <<'END'
import os, shutil, subprocess, sys
top, shared = sys.argv[1] + "/top", sys.argv[1] + "/shared"
os.mkdir(top)
os.mkdir(shared)
open(shared + "/kept", "w").close()
subprocess.call(["ln", "-s", shared, top + "/__pycache__"], env={"PATH": os.environ["PATH"]})
os.close(os.open(top + "/__pycache__/m.pyc", os.O_WRONLY | os.O_CREAT))
print(os.path.islink(top + "/__pycache__"), sorted(os.listdir(top + "/__pycache__")), sorted(os.listdir(shared)), end=" ")
shutil.rmtree(top)
print(sorted(os.listdir(shared)), os.path.exists(top))
END

# Pycs that are removed without the union view: in a cache that is a symlink, with a name
# that is too long for the shadow, and by their name in the shadow.  (In a directory of
# its own: where a record cuts such a long name, the rest must not begin with a slash.)
settings=(PYCSHIM_ONLY=/)
corner pyc_that_is_not_redirected_is_removed "False False False" <<'END'
import os, subprocess, sys, tempfile


def gone(path, made):
    os.close(os.open(made, os.O_WRONLY | os.O_CREAT))
    os.unlink(path)
    return os.path.lexists(path)


with tempfile.TemporaryDirectory(prefix="pycshim-corner-", dir=sys.argv[1] + "/../..") as top:
    top = os.path.realpath(top)
    subprocess.call(["ln", "-s", "d", top + "/__pycache__"], env={"PATH": os.environ["PATH"]})
    os.mkdir(top + "/d")
    deep = top
    while len(deep) < 3800:
        deep += "/" + "d" * 200
    os.makedirs(deep)
    open(top + "/new.py", "w").close()
    new = top + "/new.pyc"
    print(*(gone(path, path) for path in (top + "/__pycache__/m.pyc", deep + "/m.pyc")),
          gone(sys.argv[2] + new, new))
END
settings=()

# A directory so deep that the names of its files are too long for the shadow.
corner directory_deep_in_a_cache_is_as_in_place "ENOTEMPTY True 2 done 0o600 True" <<'END'
import errno, os, subprocess, sys
deep = sys.argv[1] + "/pkg/__pycache__"
while len(deep) < 3850:
    deep += "/" + "d" * (200 if len(deep) < 3600 else 3850 - len(deep))
name = "n" * 250 + ".pyc"
make = 'mkdir -p "$0" && cd "$0" && touch "$@"'
subprocess.call(["sh", "-c", make, deep, name, "m.pyc"], env={"PATH": os.environ["PATH"]})
fd = os.open(deep, os.O_RDONLY)


def tell(function, *arguments, **options):
    try:
        return function(*arguments, **options) or "done"
    except OSError as error:
        return errno.errorcode[error.errno]


print(tell(os.rmdir, deep), os.path.isdir(deep), len(os.listdir(fd)), tell(os.chmod, name, 0o600, dir_fd=fd),
      oct(os.stat(name, dir_fd=fd).st_mode & 0o777), not os.path.exists(sys.argv[2] + deep))
END

corner directory_that_is_renamed_takes_its_shadow_along "39 True True False" <<'END'
import os, sys
pkg, kept = sys.argv[1] + "/pkg", sys.argv[2] + sys.argv[1]
open(pkg + "/sub/beside.py", "w").close()
with open(pkg + "/sub/beside.pyc", "w") as file:
    file.write("beside")
try:
    os.rmdir(pkg + "/sub")
    seen = [0]
except OSError as error:
    seen = [error.errno]
os.rename(pkg, pkg + ".new")
print(*seen, os.path.exists(kept + "/pkg.new/sub/beside.pyc"), os.path.exists(pkg + ".new/sub/beside.pyc"),
      os.path.exists(kept + "/pkg"))
END

corner directory_is_full_of_what_the_shadow_has "EISDIR ENOTEMPTY True True" <<'END'
import errno, os, sys
pkg = sys.argv[1] + "/pkg"
old, new = pkg + "/old", pkg + "/new"


def error(function, *arguments):
    try:
        function(*arguments)
        return "done"
    except OSError as error:
        return errno.errorcode[error.errno]


os.mkdir(old)
os.makedirs(new + "/__pycache__")
os.close(os.open(new + "/__pycache__/m.pyc", os.O_CREAT))
os.rename(new, new)
print(error(os.unlink, new), error(os.rename, old, new), os.path.exists(sys.argv[2] + new + "/__pycache__/m.pyc"),
      os.path.exists(new + "/__pycache__/m.pyc"))
END

corner linked_cache_in_the_shadow_is_not_listed "[]" <<'END'
import os, sys
tree, shadow = sys.argv[1:]
os.makedirs(tree + "/new")
os.makedirs(shadow + "/elsewhere")
open(shadow + "/elsewhere/secret", "w").close()
os.makedirs(shadow + tree + "/new")
os.symlink(shadow + "/elsewhere", shadow + tree + "/new/__pycache__")
try:
    print(os.listdir(tree + "/new/__pycache__"))
except OSError:
    print([])
END

corner directory_with_the_name_of_a_pyc_may_end_in_slashes "0 0 0 0 [] 20 20 20 21 20 False" <<'END'
import os, sys
os.chdir(sys.argv[1])
os.mkdir("x.pyc")
with open("m.pyc", "w") as file:
    file.write("pyc")


def error(name, flags=os.O_RDONLY):
    try:
        return os.close(os.open(name, flags)) or os.stat(name) and 0
    except OSError as failed:
        return failed.errno


print(*map(error, ("x.pyc/", "./x.pyc//", "x.pyc/.//", "x.pyc/./.")), os.listdir("x.pyc//"),
      *map(error, ("m.pyc/", "m.pyc//", "m.pyc/.//")), error("m.pyc//", os.O_RDWR | os.O_CREAT),
      error("m.pyc/.//", os.O_RDWR | os.O_CREAT), os.path.exists(sys.argv[1] + "/x.pyc/none"))
END

# --- what libc names and makes itself --------------------------------------------------------

cat >"$TMP/named.py" <<'END'
import ctypes, errno, os, subprocess, sys
libc = ctypes.CDLL(None, use_errno=True)
libc.mkdtemp.restype = ctypes.c_char_p
cache, kept = sys.argv[1] + "/pkg/__pycache__/", sys.argv[2] + sys.argv[1] + "/pkg/__pycache__/"


def made(function, template, *arguments):
    name = ctypes.create_string_buffer((cache + template).encode())
    if function(name, *arguments) in (-1, None):
        return errno.errorcode[ctypes.get_errno()]
    name = os.path.basename(name.value.decode())
    return os.path.exists(cache + name) and os.path.exists(kept + name)


print(made(libc.mkstemp, "tXXXXXX"), made(libc.mkostemp64, "tXXXXXX", os.O_APPEND),
      made(libc.mkstemps, "tXXXXXX.pyc", 4), made(libc.mkdtemp, "tXXXXXX"), made(libc.mkstemp, "none"))
if len(sys.argv) > 3:
    with open(cache + "text", "w") as file:
        file.write("before")
    print(subprocess.call(["sed", "-i", "s/before/after/", cache + "text"]), open(cache + "text").read())
END
corner names_of_libc_s_are_made_in_the_shadow $'True True True True EINVAL\n0 after' sed <"$TMP/named.py"
is "$(find "$TREE" -name 't*' ! -name '*.py')" "$TREE" names_of_libc_s_are_not_made_in_place

# --- a full shadow that has room again -----------------------------------------------------

if can_mount; then
	mkdir "$TMP/mount"
	SHADOW=$TMP/mount/shadow around=(small_tmpfs 64k "$TMP/mount")
	corner pyc_written_again_after_a_failure_comes_into_place "28 28 whole" <<'END'
import os, sys
cache = sys.argv[1] + "/pkg/__pycache__/"


def write(bytes):
    try:
        fd = os.open(cache + "n.pyc.1", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        while bytes:
            bytes = bytes[os.write(fd, bytes):]
    except OSError as error:
        return error.errno
    finally:
        os.close(fd)


def rename():
    try:
        os.rename(cache + "n.pyc.1", cache + "n.pyc")
        return open(cache + "n.pyc").read()
    except OSError as error:
        return error.errno


print(write(b"x" * 200000), rename(), write(b"whole") or rename())
END
	SHADOW=$TMP/shadow around=()
else
	skip "no mounts here" pyc_written_again_after_a_failure
fi

# --- another user --------------------------------------------------------------------------

if is_root; then
	make_tree
	# a parent directory that can be traversed but not read
	mkdir -m 711 "$TMP/passed"
	install -d -m 700 -o 65534 "$TMP/passed/shadow"
	SHADOW=$TMP/passed/shadow around=(unprivileged)
	for run in one two; do
		: >"$TMP/$run" && chmod 666 "$TMP/$run"
		"${around[@]}" env -i LD_PRELOAD="$LIB" PYCSHIM_MODE=redirect PYCSHIM_ROOT="$SHADOW" PYCSHIM_RECORD="$TMP/$run" \
			PYCSHIM_ONLY="$TREE" "$python" "${py_flags[@]}" -c "$program" >"$TMP/out" 2>&1
	done
	is "$(cat "$TMP/out") $(totals "$TMP/two")" "$printed (6, 6, 0, 0, 0)" root_below_what_may_be_passed_only_is_used

	# a root that the user may read but not write acts like a read-only file system
	mkdir -m 755 "$TMP/closed"
	is "$("${around[@]}" env -i LD_PRELOAD="$LIB" PYCSHIM_MODE=redirect PYCSHIM_ROOT="$TMP/closed" PYCSHIM_RECORD=off \
		PYCSHIM_ONLY="$TREE" "$python" -I -S -B -c 'import errno, os, sys
try:
    os.mkdir(sys.argv[1] + "/pkg/__pycache__")
except OSError as error:
    print(errno.errorcode[error.errno])' "$TREE" 2>/dev/null)" EROFS root_that_is_closed_is_a_read_only_file_system
else
	skip "another user needs root" corners_of_another_user
fi
