#!/bin/bash
# SPDX-License-Identifier: MIT
# Many processes at once fill a store on a disk that is full, and are killed at any instant: what
# is in it is whole, and is the code of the sources that it is under.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/store.bash"

python=$(python3_path)
py_info "$python"
[ -n "$CAN_MOUNT" ] || skip_all "no mounts here"
mkdir "$TMP/small" "$TMP/trees"
helper -c 'import os, sys
for tree in range(64):
    top = "%s/%d" % (sys.argv[1], tree)
    os.mkdir(top)
    for i in range(12): # some are in all trees
        with open("%s/m%d.py" % (top, i), "w") as file:
            file.write("value = %r\n" % (str(i if i < 6 else (tree, i)) * 400))' "$TMP/trees"

# Runs in the mount namespace: 64 compilers, which are killed after 0 to 1.5 s; some are not.
cat >"$TMP/crowd.py" <<'END_OF_PROGRAM'
import os, random, signal, subprocess, sys, time
python, trees, flags = sys.argv[1], sys.argv[2], sys.argv[3:]
random.seed(1)
ends = []
for tree in range(64):
    process = subprocess.Popen([python] + flags + ["-m", "compileall", "-q", "-f", "%s/%d" % (trees, tree)],
                               stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)
    ends.append((time.monotonic() + random.random() * 1.5 if tree % 8 else float("inf"), process))
    for end, process in ends:
        if time.monotonic() > end:
            process.kill()
while any(process.poll() is None for end, process in ends):
    for end, process in ends:
        if process.returncode is None and time.monotonic() > end:
            process.kill()
    time.sleep(0.005)
statuses = [process.returncode for end, process in ends]
print(set(statuses) <= {0, -signal.SIGKILL}, -signal.SIGKILL in statuses, 0 in statuses)
END_OF_PROGRAM

# crowd SIZE: in a store on a disk of that size; then `pycstat store verify`
crowd() {
	# shellcheck disable=SC2016 # for the inner shell
	small_tmpfs "$1" "$TMP/small" sh -c 'mkdir -m 700 "$0/store"
library=$1 && shift
env -i PATH="$PATH" LD_PRELOAD="$library" PYCSHIM_STORE="$0/store" PYCSHIM_RECORD=off "$@"
df --output=avail "$0" | tail -n 1
"$PYCSTAT" store verify --sample 0 --python "$1" --json "$0/store"
echo $?
find "$0/store" -type f -name "[0-9a-f]*.*" | wc -l' \
		"$TMP/small" "$LIB" "$python" "${py_flags[@]}" "$TMP/crowd.py" "$python" "$TMP/trees" "${py_flags[@]}" 2>&1
}

for size in 64m 64k; do
	find "$TMP/trees" -name '*.pyc*' -delete
	crowd $size >"$TMP/out"
	is "$(head -n 1 "$TMP/out")" 'True True True' "killed_on_a_disk_of_${size}_end_or_are_killed" "$(head -n 5 "$TMP/out")"
	[ $size = 64m ] || check "disk_of_${size}_was_full" [ "$(tail -n 1 "$TMP/out")" -lt "$entries" ]
	entries=$(tail -n 1 "$TMP/out")
	is "$(tail -n 2 "$TMP/out" | head -n 1)" 0 "killed_on_a_disk_of_${size}_leave_a_store_that_is_whole" "$(tail -n 3 "$TMP/out" | cut -c 1-2000)"
	check "killed_on_a_disk_of_${size}_leave_entries" [ "$entries" -ge 5 ]
	is "$(sed '1,2d;$d' "$TMP/out" | sed '$d' | helper -c 'import json, sys; d = json.load(sys.stdin); print(d["damaged"], d["differing"], d["compiled"] > 4)')" \
		'0 0 True' "killed_on_a_disk_of_${size}_leave_the_code_of_their_sources"
done
