#!/bin/bash
# SPDX-License-Identifier: MIT
# Programs that close every descriptor and reuse the numbers: nothing else is written to
# their files, and the recording loses no event.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/pair.bash"

# A daemon that reuses every open number for its files, including the library's numbers.
daemon=$TMP/daemon.py
cat >"$daemon" <<'END'
import os, resource, socket, sys
sys.path.insert(0, os.getcwd())
import pkg.a

how, numbers = sys.argv[1], []
for name in os.listdir("/proc/self/fd"):
    if int(name) > 2:
        numbers.append(int(name))
limit = max(numbers + [1100]) + 50
if how == "closerange":
    os.closerange(3, limit)
elif how == "loop":
    for number in range(3, limit):
        try:
            os.close(number)
        except OSError:
            pass
elif how == "down":
    for number in range(limit, 2, -1):
        try:
            os.close(number)
        except OSError:
            pass
numbers = sorted(set(numbers) | set(range(3, 30)) | set(range(990, 1060)))
import wide1

seed = os.open("seed", os.O_CREAT | os.O_RDWR, 0o600)
for number in numbers:      # its old number, by every call that can reuse it
    if number == seed:
        continue
    other = os.open("own.%d" % number, os.O_CREAT | os.O_RDWR, 0o600)
    if other != number:
        os.dup2(other, number)
        os.close(other)
import wide2, pkg.sub.c
pair = socket.socketpair()
for number in numbers:
    if number != seed:
        try:
            os.write(number, b"mine")
        except OSError:
            pass
import wide3
if how != "dup2":
    pid = os.fork()
    if pid == 0:
        import wide4
        os._exit(0)
    os.waitpid(pid, 0)
pair[0].setblocking(False)
try:
    print("strange bytes in the socket", pair[0].recv(100))
except (OSError, socket.error):
    pass
for number in sorted(set(numbers)):
    if number == seed or not os.path.exists("own.%d" % number):
        continue
    with open("own.%d" % number, "rb") as own:
        text = own.read()
    if text not in (b"mine", b""):
        print("strange bytes in own.%d" % number, text[:60])
if os.path.getsize("seed"):
    print("strange bytes in seed")
print("done")
END

reuse() {
	local how ways=(closerange dup2)
	[ "$python" != "$(python3_path)" ] || ways+=(loop down)
	for how in "${ways[@]}"; do
		new_scenario
		warm_up "$python" "${flags[@]}" "$daemon" "$how"
		pair "descriptors_${how}_counts_everything" "$python" "${flags[@]}" "$daemon" "$how"
		is "$(cat "$TMP/out")" "done" "${py_name}_descriptors_${how}_files_keep_their_own_bytes"
	done
}

each_python reuse

# A shell uses the number that the recording had in its parent: the library must not.
fresh
python=$(python3_path)
py_info "$python"
cd "$TREE" || exit 1
traced "$TMP/rec" "$python" "${py_flags[@]}" -c "${path}
import os, subprocess, pkg.a
numbers = [int(n) for n in os.listdir('/proc/self/fd')]
for number in numbers + [1000, 1001, 1023]:
    if number > 2:
        subprocess.call(['bash', '-c', 'exec %d>own; echo mine >&%d' % (number, number)])
        assert open('own').read() == 'mine\n', number
print('done')" >"$TMP/out" 2>&1
is "$(cat "$TMP/out")" "done" shell_child_that_reuses_our_number_gets_its_own_bytes
cd "$TOP" || exit 1
