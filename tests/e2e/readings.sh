#!/bin/bash
# SPDX-License-Identifier: MIT
# Redirect, in programs that read and change sources, write pycs by their final names, and remove
# caches in unusual ways: what they see is what they would see without it.

. "$(dirname "$0")/../lib.sh"

cat >"$TMP/program.py" <<'PROGRAM'
import ctypes, errno, io, os, py_compile, shutil, subprocess, sys, threading, time
os.chdir(sys.argv[1])


def cache_of(name):
    from importlib.util import cache_from_source
    return cache_from_source(name)


def write(name, text):
    with io.open(name, "w") as file:
        file.write(text)


def read(name):
    with io.open(name) as file:
        return file.read()


def error_of(function, *arguments):
    try:
        function(*arguments)
    except OSError as error:
        return errno.errorcode[error.errno]


# a source that was read, and then changed by the program, is compiled
write("changed.py", u"x = 1\n")
read("changed.py")
write("changed.py", u"x = 22\n")
py_compile.compile("changed.py", doraise=True)
print("changed", os.path.exists(cache_of("changed.py")))
write("replaced.py", u"x = 1\n")
read("replaced.py")
write("replaced.new", u"x = 22\n")
os.replace("replaced.new", "replaced.py")
py_compile.compile("replaced.py", doraise=True)
print("replaced", os.path.exists(cache_of("replaced.py")))
write("touched.py", u"x = 1\n")
read("touched.py")
os.utime("touched.py", (1000000000, 1000000000))
py_compile.compile("touched.py", doraise=True)
print("touched", os.path.exists(cache_of("touched.py")))

# ... also if a child changes it, a thread, or somebody who knows it by another name
write("child.py", u"x = 1\n")
read("child.py")
subprocess.check_call(["sh", "-c", "echo x = 22 >child.py"])
write("thread.py", u"x = 1\n")
read("thread.py")
thread = threading.Thread(target=write, args=("thread.py", u"x = 22\n"))
thread.start()
thread.join()
for directory in "old", "new":
    os.mkdir(directory)
    write(directory + "/m.py", u"x = 1\n" if directory == "old" else u"x = 22\n")
read("old/m.py")
os.rename("old", "older")
os.rename("new", "old")
write("one.py", u"x = 1\n")
os.symlink("one.py", "link.py")
os.link("one.py", "other.py")
read("link.py")
read("other.py")
write("one.py", u"x = 22\n")
for name in "child.py", "thread.py", "old/m.py", "link.py", "other.py":
    py_compile.compile(name, doraise=True)
    print(name, os.path.exists(cache_of(name)))

# a pyc that is written by its final name, after its source was read
for name in "written.py", "closed.py":
    write(name, u"x = 1\n")
    read(name)
    pyc = cache_of(name)
    file = io.open(pyc, "wb", 0)
    print(name, os.path.exists(pyc), os.path.basename(pyc) in os.listdir("__pycache__"))
    print(error_of(os.open, pyc, os.O_WRONLY | os.O_CREAT | os.O_EXCL))
    file.write(b"text")
    if name == "closed.py":
        os.closerange(file.fileno(), file.fileno() + 1)
        error_of(file.close)
    else:
        file.close()
    print(os.path.getsize(pyc))

# a pyc is not older than its source
for n in range(20):
    write("time%d.py" % n, u"x = 1\n")
    py_compile.compile("time%d.py" % n, doraise=True)
print("older", [n for n in range(20) if
                os.path.getmtime(cache_of("time%d.py" % n)) < os.path.getmtime("time%d.py" % n)])

# a source gets a link more
write("linked.py", u"x = 1\n")
py_compile.compile("linked.py", cfile="linked.pyc", doraise=True)
py_compile.compile("linked.py", doraise=True)
with io.open(cache_of("linked.py"), "rb") as file:
    content = file.read()
with io.open(cache_of("linked.py"), "wb") as file:
    file.write(content)
os.link("linked.py", "linked_too.py")
print("linked", os.path.exists("linked.pyc"), os.path.exists(cache_of("linked.py")))

# sources that the program does not change after all; their pycs are copies
def copy(name):
    write(name, u"x = 1\n")
    os.utime(name, (1000000000, 1000000000))
    py_compile.compile(name, doraise=True)
    with io.open(cache_of(name), "rb") as file:
        content = file.read()
    os.unlink(cache_of(name))
    with io.open("new", "wb") as file:
        file.write(content)
    os.rename("new", cache_of(name))


unchanged = ["unchanged%d.py" % n for n in range(6)]
for name in unchanged:
    copy(name)
time.sleep(1.1)
io.open(unchanged[0], "r+").close()
error_of(os.rename, unchanged[1], "none/none.py")
error_of(os.rename, "none", unchanged[2])
os.rename(unchanged[3], "elsewhere.py")
os.rename("elsewhere.py", unchanged[3])
error_of(os.link, unchanged[4], "linked.py")
os.chmod(unchanged[5], 0o600)
print("unchanged", [os.path.exists(cache_of(name)) for name in unchanged])

# times that the program sets of a pyc, after it has read the source, are its own
copy("times.py")
with io.open(cache_of("times.py"), "rb") as file:
    content = file.read()
read("times.py")
with io.open("__pycache__/new", "wb") as file:
    file.write(content)
os.utime("__pycache__/new", (1100000000, 1100000000))
os.rename("__pycache__/new", cache_of("times.py"))
print("times", os.path.getmtime(cache_of("times.py")))
read("times.py")
with io.open(cache_of("times.py"), "wb") as file:
    file.write(content)
    file.flush()
    os.utime(file.fileno(), (1200000000, 1200000000))
print("times", os.path.getmtime(cache_of("times.py")))

# what is written after a file was moved into a cache is not lost
with io.open("moved", "wb") as file:
    file.write(b"some")
    file.flush()
    shutil.move("moved", "__pycache__/moved")
    file.write(b"more")
print("moved", os.path.getsize("__pycache__/moved") in (4, 8))  # it may have been a copy
with io.open("moved", "wb") as file:
    file.write(b"some")
os.rename("moved", "__pycache__/moved")
print("moved", os.path.getsize("__pycache__/moved"))

# directories
exchange = getattr(ctypes.CDLL(None), "renameat2", None)
for name in "one", "two":
    os.mkdir(name)
    write(name + "/m.py", u"x = 1\n")
    py_compile.compile(name + "/m.py", doraise=True)
    write(name + "/__pycache__/" + name, u"")
if exchange:
    exchange(-100, b"one", -100, b"two", 2)
print(sorted(os.listdir("one/__pycache__")), sorted(os.listdir("two/__pycache__")))
os.makedirs("there/__pycache__")
home = os.getcwd()
os.chdir("there/__pycache__")
for name in ".", "./", "./.":
    print(name, error_of(os.rmdir, name))
os.chdir(home)
print(os.listdir("there"), error_of(os.rmdir, "there/__pycache__/."))
PROGRAM

# as_without NAME PROGRAM [ARG...]: it prints the same with redirect and without the library
as_without() {
	local name=$1 way
	shift
	for way in without redirect; do
		rm -rf "$TMP/tree" "$TMP/shadow" && mkdir "$TMP/tree" || exit
		prepare
		case $way in
		without) clean_env "$@" >"$TMP/without" 2>&1 ;;
		redirect)
			clean_env LD_PRELOAD="$LIB" PYCSHIM_MODE=redirect PYCSHIM_ROOT="$TMP/shadow" \
				PYCSHIM_RECORD=off "$@" >"$TMP/redirect" 2>&1
			;;
		esac
	done
	same "$name" "$TMP/redirect" "$TMP/without"
	is "$(find "$TMP/tree" -type f -name '*.pyc')" '' "${name}_makes_none_in_place"
}

prepare() { :; }
for python in $(pythons); do
	py_info "$python"
	[ "$py_major" = 3 ] || continue
	as_without "${py_name}_sees_what_is_there" "$python" "${py_flags[@]}" "$TMP/program.py" "$TMP/tree"
	is "$(grep -c True "$TMP/without")" 13 "${py_name}_does_all_of_it" "$(cat "$TMP/without")"
done

# A program that removes many sources finds the pyc of the first one where it has listed it.
# (CPython's own rmtree() of an environment with pip is such a program.)
python=$(python3_path)
py_info "$python"
as_without "many_sources_removed" "$python" "${py_flags[@]}" -c 'import os, py_compile, sys
os.chdir(sys.argv[1])
open("first.py", "w").close()
py_compile.compile("first.py", doraise=True)
os.unlink("first.py")
listed = os.listdir("__pycache__")
for n in range(8000):
    name = "m%d.py" % n
    open(name, "w").close()
    os.unlink(name)
print(listed, os.listdir("__pycache__"), os.unlink("__pycache__/" + listed[0]))
os.rmdir("__pycache__")
print(os.listdir("."))' "$TMP/tree"

# Nothing in place is changed by a descriptor, however many there are, or by a copy of one.
rm -rf "$TMP/tree" "$TMP/shadow" && mkdir "$TMP/tree" || exit
clean_env "$python" "${py_flags[@]}" -c 'import os, py_compile, sys
os.chdir(sys.argv[1])
for n in range(220):
    open("m%d.py" % n, "w").close()
    os.chmod(py_compile.compile("m%d.py" % n, doraise=True), 0o644)' "$TMP/tree"
is "$(clean_env LD_PRELOAD="$LIB" PYCSHIM_MODE=redirect PYCSHIM_ROOT="$TMP/shadow" PYCSHIM_RECORD=off \
	"$python" "${py_flags[@]}" -c 'import os, sys
os.chdir(sys.argv[1] + "/__pycache__")
names = sorted(os.listdir("."))
opened = [os.open(name, os.O_RDONLY) for name in names]
for fd in opened[1:]:
    os.fchmod(fd, 0o600)
os.fchmod(os.dup(opened[0]), 0o600)
print(len(names), {oct(os.stat(name).st_mode) for name in names})' "$TMP/tree")" "220 {'0o100600'}" \
	many_descriptors_change_what_the_program_sees
is "$(find "$TMP/tree/__pycache__" -name '*.pyc' ! -perm 644)" '' many_descriptors_change_nothing_in_place

# A cache of a directory that somebody without the library has removed is not in the new one.
for way in without redirect; do
	rm -rf "$TMP/tree" "$TMP/shadow" && mkdir "$TMP/tree" || exit
	setting=()
	[ $way = without ] || setting=(LD_PRELOAD="$LIB" PYCSHIM_MODE=redirect PYCSHIM_ROOT="$TMP/shadow" PYCSHIM_RECORD=off)
	clean_env "${setting[@]}" "$python" "${py_flags[@]}" -c 'import os, py_compile, sys
os.chdir(sys.argv[1])
for name in "one", "two", "three":
    os.mkdir(name)
    open(name + "/m.py", "w").close()
    py_compile.compile(name + "/m.py", doraise=True)' "$TMP/tree"
	rm -r "$TMP/tree/one" "$TMP/tree/two" "$TMP/tree/three"
	mkdir "$TMP/tree/one" "$TMP/tree/two" "$TMP/tree/three"
	clean_env "${setting[@]}" "$python" "${py_flags[@]}" -c 'import os, sys
os.chdir(sys.argv[1])
print(os.listdir("one"))
os.rmdir("two")
os.mkdir("new")
os.rename("new", "three")
print(os.listdir("three"), sorted(os.listdir(".")))' "$TMP/tree" >"$TMP/$way" 2>&1
done
same caches_of_removed_directories_are_not_in_new_ones "$TMP/redirect" "$TMP/without"

# A cache that cannot be listed is not taken for an empty one.
python=$(for python in $(pythons); do
	py_info "$python"
	[ "$py_major" = 3 ] && (cd / && unprivileged "$python" -c '' 2>/dev/null) && echo "$python" && break
done)
unprivileged=$python
if is_root && [ -n "$python" ]; then
	py_info "$python"
	prepare() {
		mkdir "$TMP/tree/__pycache__"
		: >"$TMP/tree/__pycache__/kept.txt"
		chmod 0 "$TMP/tree/__pycache__"
		mkdir -p "$TMP/shadow"
		chmod 755 "$TMP"
		chown -R 65534 "$TMP/tree" "$TMP/shadow"
	}
	as_without cache_that_cannot_be_listed_is_not_removed setpriv --reuid=65534 --regid=65534 --clear-groups -- \
		"$python" "${py_flags[@]}" -c 'import os, sys
os.chdir(sys.argv[1])
try:
    os.rmdir("__pycache__")
except OSError as error:
    print(error.errno)
print(os.path.isdir("__pycache__"), os.listdir("."))' "$TMP/tree"
	like "$(cat "$TMP/without")" "^39" cache_that_cannot_be_listed_is_there
else
	skip "not root, or no interpreter for others" cache_that_cannot_be_listed
fi

# What its owner may not write in place is not writable.
if is_root && [ -n "$unprivileged" ]; then
	py_info "$unprivileged"
	prepare() {
		mkdir -p "$TMP/tree/__pycache__" "$TMP/shadow"
		: >"$TMP/tree/m.py"
		: >"$TMP/tree/__pycache__/data"
		chmod 444 "$TMP/tree/__pycache__/data"
		chown -R 65534 "$TMP/tree" "$TMP/shadow"
	}
	as_without access_of_what_its_owner_may_not_write setpriv --reuid=65534 --regid=65534 --clear-groups -- \
		"$unprivileged" "${py_flags[@]}" -c 'import os, sys
print([os.access(os.path.join(sys.argv[1], "__pycache__", name), mode)
       for name in os.listdir(sys.argv[1] + "/__pycache__") for mode in (os.R_OK, os.W_OK, os.R_OK | os.W_OK)])' "$TMP/tree"
fi

# Caches of directories that are gone are removed on our own stack.
python=$(python3_path)
py_info "$python"
for depth in 60 250; do
	rm -rf "$TMP/tree" "$TMP/shadow" && mkdir "$TMP/tree" || exit
	redirected=(LD_PRELOAD="$LIB" PYCSHIM_MODE=redirect PYCSHIM_ROOT="$TMP/shadow" PYCSHIM_RECORD=off "$python" "${py_flags[@]}" -c)
	clean_env "${redirected[@]}" 'import os, sys
os.chdir(sys.argv[1])
os.makedirs("gone/__pycache__/" + "/".join("d" * int(sys.argv[2])))' "$TMP/tree" $depth
	rm -r "$TMP/tree/gone"
	is "$(clean_env "${redirected[@]}" 'import os, sys, threading
threading.stack_size(65536)
thread = threading.Thread(target=lambda: print(os.listdir(sys.argv[1])))
thread.start()
thread.join()' "$TMP/tree" 2>&1)" '[]' "caches_${depth}_deep_go_in_a_small_thread"
done
