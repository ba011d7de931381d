#!/bin/bash
# SPDX-License-Identifier: MIT
# Deny when bytecode is created through a directory descriptor, also an inherited one, one
# received by SCM_RIGHTS, and one of more than the library tracks.  The last also in
# redirect.

. "$(dirname "$0")/../lib.sh"

cat >"$TMP/making.py" <<'END'
import os, py_compile, resource, socket, sys

held, how = sys.argv[1:]
limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (min(limit, 1024), limit))
descriptors = []
for number in range(300):
    cache = "held/%d/__pycache__" % number
    names = {"nothing": None, "directories": "held/%d" % number, "caches": cache, "pycs": cache + "/m.cpython-399.pyc",
             "data": cache + "/m.nbi"}
    if names[held]:
        descriptors.append(os.open(names[held], os.O_RDONLY))


def by_message(name):
    one, other = socket.socketpair()
    pid = os.posix_spawn("/bin/sh", ["sh", "-c", 'exec "$0" -I -S -c "$1" "$2" "$3"', sys.executable, """if 1:
        import os, socket, sys
        to = socket.socket(fileno=int(sys.argv[2]))
        socket.send_fds(to, [b"x"], [os.open(sys.argv[1], os.O_RDONLY)])""", name, str(one.fileno())], dict(os.environ),
        file_actions=[(os.POSIX_SPAWN_DUP2, one.fileno(), one.fileno())])
    fd = socket.recv_fds(other, 1, 1)[1][0]
    os.waitpid(pid, 0)
    return fd


def by_walk(name):
    return [os.dup(fd) for root, _, _, fd in os.fwalk("tree") if root == name][0]


opening = {"open": lambda name: os.open(name, os.O_RDONLY), "path": lambda name: os.open(name, os.O_PATH),
           "copy": lambda name: os.dup(os.open(name, os.O_RDONLY)), "walk": by_walk, "message": by_message,
           "inherited": lambda name: 3 if name == "tree" else 4}[how]
tree, cache = opening("tree"), opening("tree/__pycache__")


def attempt(what, *arguments, **keywords):
    try:
        what(*arguments, **keywords)
        print("made", *arguments)
    except OSError as error:
        if error.strerror != "Read-only file system":
            print(error, *arguments)


new = os.O_WRONLY | os.O_CREAT | os.O_EXCL
attempt(os.open, "m.cpython-399.pyc.123", new, dir_fd=cache)
attempt(os.open, "__pycache__/n.cpython-399.pyc.123", new, dir_fd=tree)
attempt(os.open, "m.pyc", new | os.O_TRUNC, dir_fd=tree)
attempt(os.open, "m.nbi", new, dir_fd=cache)
attempt(os.open, "f.nbi", os.O_WRONLY | os.O_CREAT, dir_fd=cache)
attempt(py_compile.compile, "tree/m.py", doraise=True)
attempt(os.open, "plain", new, dir_fd=tree)
attempt(os.open, "copied.nbi", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, dir_fd=cache)
END

python=$(python3_path)
py_info "$python"
cd "$TMP" || exit 1
for ((number = 0; number < 300; number++)); do
	mkdir -p held/$number/__pycache__
	: >held/$number/__pycache__/m.nbi
	cp held/$number/__pycache__/m.nbi held/$number/__pycache__/m.cpython-399.pyc
done

made=$'made plain 193\nmade copied.nbi 577'
for held in nothing directories caches pycs data; do
	for how in open path copy walk inherited message; do
		case $held-$how in
		nothing-* | pycs-* | *-open | *-inherited) ;;
		*) continue ;;
		esac
		if [ $how = message ] && [ "$py_minor" -lt 9 ]; then continue; fi # send_fds() is new in 3.9
		rm -rf tree
		mkdir -p tree/__pycache__
		echo 'x = 1' >tree/m.py
		is "$(clean_env LD_PRELOAD="$LIB" PYCSHIM_MODE=deny PYCSHIM_RECORD=off "$python" "${py_flags[@]}" \
			making.py $held $how 2>&1 3<tree 4<tree/__pycache__)" "$made" \
			"bytecode_by_a_descriptor_from_${how}_is_refused_while_${held}_are_open"
	done
done

# A Python whose working directory is a __pycache__ from the start.
is "$(cd tree/__pycache__ && clean_env LD_PRELOAD="$LIB" PYCSHIM_MODE=deny PYCSHIM_RECORD=off "$python" "${py_flags[@]}" \
	-c 'import os; os.open("f.nbi", os.O_WRONLY | os.O_CREAT)' 2>&1 | tail -n 1)" \
	"OSError: [Errno 30] Read-only file system: 'f.nbi'" bytecode_is_refused_to_a_python_that_begins_in_a_cache

# Redirect also finds out what a directory is when its table of descriptors is full.
rm -rf tree/__pycache__ && mkdir tree/__pycache__
is "$(clean_env LD_PRELOAD="$LIB" PYCSHIM_MODE=redirect PYCSHIM_ROOT="$TMP/shadow" PYCSHIM_RECORD=off "$python" "${py_flags[@]}" -c '
import os
held = [os.open("held/%d/__pycache__/m.nbi" % number, os.O_RDONLY) for number in range(300)]
cache = os.open("tree/__pycache__", os.O_RDONLY)
os.close(os.open("f.nbi", os.O_WRONLY | os.O_CREAT, dir_fd=cache))
print(os.listdir("tree/__pycache__"))' 2>&1)$(ls tree/__pycache__)" "['f.nbi']" file_in_a_cache_is_redirected_while_data_are_open
