#!/bin/bash
# SPDX-License-Identifier: MIT
# What is put into the store is what the interpreter has compiled of the very source: no pyc that
# a program unpacks, copies or writes otherwise, and not the code of a source of the same name.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/store.bash"

python=$(python3_path)
py_info "$python"

entries() { find "$STORE" -name "*.$py_tag.$py_magic" 2>/dev/null | wc -l; }

# runs [NAME=VALUE...] CODE [ARG...]
runs() {
	local set=()
	while [[ $1 =~ ^[A-Z_]+= ]]; do set+=("$1") && shift; done
	rm -f "$TMP/recording"
	stored "${set[@]}" "$python" -S -s -c "$@" 2>&1
}

# fresh: no store, and nothing of the test before
fresh() {
	rm -rf "$STORE" "$SHADOW" "$TMP/work" "$TMP/other" "$TMP/prefix"
	mkdir -p "$TMP/work" "$TMP/other"
	cd "$TMP/work" || exit 1
}

# --- pycs that no interpreter has written --------------------------------------------------

# evil PYC: bytecode of another source, with the time and size of work/m.py in its header
evil() {
	clean_env "$python" -I -S -c 'import importlib.util, marshal, os, struct, sys
status = os.stat("m.py")
code = compile("WHO = \"evil\"", "m.py", "exec")
open(sys.argv[1], "wb").write(importlib.util.MAGIC_NUMBER + struct.pack("<III", 0, int(status.st_mtime), status.st_size)
                              + marshal.dumps(code))' "$1"
}

# unpacked NAME CODE: the code reads m.py and makes its pyc of evil.pyc; the genuine source
# elsewhere is compiled
unpacked() {
	fresh
	echo 'WHO = "good"' >m.py
	evil evil.pyc
	mkdir __pycache__
	runs "import os, sys
tag = sys.implementation.cache_tag
open('m.py', 'rb').read()
os.stat('m.py')
pyc = '__pycache__/m.%s.pyc' % tag
$2" >"$TMP/log"
	is "$(cat "$TMP/log")$(entries)" 0 "${1}_is_not_stored"
	cp m.py "$TMP/other/"
	is "$(runs 'import sys; sys.path.insert(0, sys.argv[1]); import m; print(m.WHO)' "$TMP/other")" good "${1}_is_not_run"
}
unpacked written_pyc 'open(pyc, "wb").write(open("evil.pyc", "rb").read())'
unpacked copied_pyc 'import shutil; shutil.copyfile("evil.pyc", pyc)'
unpacked moved_pyc 'import shutil; shutil.copyfile("evil.pyc", pyc + ".123"); os.rename(pyc + ".123", pyc)'
unpacked pyc_by_a_temporary_name 'open(pyc + ".123", "wb").write(open("evil.pyc", "rb").read()); os.rename(pyc + ".123", pyc)'
unpacked zipped_pyc 'import zipfile
with zipfile.ZipFile("a.zip", "w") as z: z.write("evil.pyc", pyc)
zipfile.ZipFile("a.zip").extract(pyc, ".")'
unpacked tarred_pyc 'import tarfile
with tarfile.open("a.tar", "w") as t: t.add("evil.pyc", pyc)
tarfile.open("a.tar").extractall(".")'
unpacked pyc_of_parts 'f = open(pyc + ".123", "xb", 0); d = open("evil.pyc", "rb").read(); f.write(d[:-5]); f.write(d[-5:]); f.close()'
unpacked pyc_with_another_time 'd = open("evil.pyc", "rb").read(); f = open(pyc + ".123", "xb", 0); f.write(d[:8] + b"abcd" + d[12:]); f.close()'

# --- sources of equal names ----------------------------------------------------------------

# Under PYTHONPYCACHEPREFIX a directory that ends like another one is not that.
fresh
mkdir -p "b" "tree$TMP/work/b"
echo 'WHO = "first"' >b/m.py
echo 'WHO = "second"' >"tree$TMP/work/b/m.py"
if [ "$py_minor" -ge 8 ]; then
	runs PYTHONPYCACHEPREFIX="$TMP/prefix" 'import sys
open(sys.argv[1] + "/b/m.py").read()
sys.path.insert(0, sys.argv[1] + "/tree" + sys.argv[1] + "/b"); import m' "$TMP/work" >"$TMP/log"
	is "$(cat "$TMP/log")$(entries)" 1 prefix_stores_what_was_compiled
	cp -r b "$TMP/other/"
	is "$(runs 'import sys; sys.path.insert(0, sys.argv[1]); import m; print(m.WHO)' "$TMP/other/b")" first \
		prefix_stores_it_for_its_source_alone
fi
# sources that are read to be shown keep no other one out
fresh
mkdir -p a/x b/x many
echo 'A = 1' >a/x/util.py
echo 'B = 1' >b/x/util.py
runs 'open("a/x/util.py").read(); import sys; sys.path.insert(0, "b/x"); import util' >"$TMP/log"
is "$(cat "$TMP/log")$(entries)" 1 source_of_the_same_name_keeps_none_out
fresh
mkdir many
for ((i = 0; i < 2100; i++)); do echo "v = $i" >"many/s$i.py"; done
echo 'M = 1' >m.py
runs 'for i in range(2100): open("many/s%d.py" % i).read()
import sys; sys.path.insert(0, "."); import m' >"$TMP/log"
is "$(cat "$TMP/log")$(entries)" 1 many_sources_that_were_read_keep_none_out

# --- look-ups that read a source, and compile nothing --------------------------------------

fresh
for name in h0 h1 h2 n0 n1 n2; do echo "N = '$name'" >$name.py; done
if [ "$py_minor" -ge 7 ]; then
	runs 'import sys; sys.path.insert(0, "."); import n0, n1, n2' >"$TMP/log"
	rm -rf __pycache__ "$TMP/other" && cp -r "$TMP/work" "$TMP/other"
	clean_env "$python" -m compileall -q --invalidation-mode checked-hash "$TMP"/other/h?.py
	runs 'import sys; sys.path.insert(0, sys.argv[1]); import h0, h1, n0, h2, n1, n2' "$TMP/other" >"$TMP/log"
	is "$(cat "$TMP/log")$(counted compiled reused)" '[0, 3]' pycs_with_a_hash_leave_the_store_in_use
fi

# --- without a recording -------------------------------------------------------------------

fresh
echo 'M = 1' >m.py
for round in first second; do
	runs PYCSHIM_RECORD=off PYCSHIM_MODE=redirect PYCSHIM_ROOT="$SHADOW" PYCSHIM_STORE=off \
		'import sys; sys.path.insert(0, "."); import m' >"$TMP/log"
	chmod "$([ $round = first ] && echo 600 || echo 644)" m.py # another ctime, the same content
done
rm -f "$TMP/recording"
traced "$TMP/recording" PYCSHIM_ONLY="$TMP:*" PYCSHIM_MODE=redirect PYCSHIM_ROOT="$SHADOW" "$python" -S -s -c \
	'import sys; sys.path.insert(0, "."); import m' >>"$TMP/log" 2>&1
is "$(cat "$TMP/log")$(counted compiled hits)" '[0, 1]' shadow_knows_the_content_without_a_recording
