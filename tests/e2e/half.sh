#!/bin/bash
# SPDX-License-Identifier: MIT
# No truncated pycs: with every interpreter, a pyc that could not be written completely
# does not get its name, whatever the interpreter does, and the next start works as usual.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/shadow.bash"

can_mount || skip_all "no mounts here"
mkdir "$TMP/mount"
SHADOW=$TMP/mount/shadow
make_tree
helper -c 'print("x = %r" % ("y" * 60000))' >"$TREE/pkg/big.py"
echo 'z = 3' >"$TREE/pkg/last.py"
find "$TREE" -name '*.py' -exec touch -d '1 hour ago' {} +

# The program imports a module, causes the failure that its argument names, and imports
# the other modules.
cat >"$TMP/suffer.py" <<'END'
import os, resource, subprocess, sys
tree, mount, what = sys.argv[1:]
sys.path.insert(0, tree)
import pkg.a
if what == "fill":
    filler = os.open(mount + "/filler", os.O_WRONLY | os.O_CREAT)
    try:
        while os.write(filler, b"x" * 4096):
            pass
    except OSError:
        os.ftruncate(filler, os.fstat(filler).st_size - 12288)
elif what == "remount":
    subprocess.check_call(["mount", "-o", "remount,ro", mount])
elif what == "limit":
    resource.setrlimit(resource.RLIMIT_FSIZE, (8192, resource.RLIM_INFINITY))
import pkg.b, pkg.big, pkg.last
print("%s %s %d %d" % (pkg.a.value, pkg.b.value, len(pkg.big.x), pkg.last.z))
END

# Print the files in the shadow that are no complete pycs, then the number of complete
# pycs.
cat >"$TMP/whole.py" <<'END'
import marshal, os, sys
header = {2: 8, 3: 16 if sys.version_info >= (3, 7) else 12}[sys.version_info[0]]
count = 0
for top, _, names in os.walk(sys.argv[1]):
    for name in names:
        if name.startswith(".pycshim-"):
            continue
        try:
            assert name.endswith((".pyc", ".pyo"))
            with open(os.path.join(top, name), "rb") as file:
                data = file.read()
            assert any(bytearray(data[4:header])) and marshal.loads(data[header:])
            count += 1
        except Exception as error:
            print("%s %r" % (name, error))
print(count)
END

# half WHAT COUNT: with the failure WHAT only COUNT of the five pycs get into the shadow;
# the next start, without the failure, adds the others
half() {
	small_tmpfs 256k "$TMP/mount" bash -c '
		run() { env -i PATH="$PATH" LD_PRELOAD="$LIB" PYCSHIM_MODE=redirect PYCSHIM_RECORD=off \
			PYCSHIM_ROOT="$SHADOW" PYCSHIM_ONLY="$TREE" "$@"; }
		run "${@:2}" "$TMP/suffer.py" "$TREE" "$TMP/mount" "$1"
		env -i "${@:2}" "$TMP/whole.py" "$SHADOW"
		mount -o remount,rw "$TMP/mount"
		rm -f "$TMP/mount/filler"
		run "${@:2}" "$TMP/suffer.py" "$TREE" "$TMP/mount" none
		env -i "${@:2}" "$TMP/whole.py" "$SHADOW"' - "$1" "$python" "${py_flags[@]}" >"$TMP/out" 2>"$TMP/err"
	is "$(tr '\n' ' ' <"$TMP/out")" "a b 60000 3 $2 a b 60000 3 5 " "${py_name}_$1_leaves_no_half_pyc" "$(cat "$TMP/err")"
	is "$(grep -v '^pycshim: ' "$TMP/err")" "" "${py_name}_$1_is_no_error_of_the_program"
}

export SHADOW TREE
for python in $(pythons); do
	py_info "$python"
	half fill 4
	half remount 2
	half limit 4
done
