#!/bin/bash
# SPDX-License-Identifier: MIT
# Redirect with every layout of bytecode, on a read-only tree: the first start writes, the
# second has hits, and the tree is unchanged.  Also files of other programs in
# __pycache__.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/shadow.bash"

can_mount || skip_all "no mounts here"
around=(readonly_mount "$TREE")

# shadow_names: list the names of the pycs in the shadow, without the tag
shadow_names() {
	find "$SHADOW$TREE" -name '*.py[co]' -printf '%f\n' | sed "s/\.${py_tag:-none}//" | sort | tr '\n' ' '
}
in_place() { find "$TREE" ! -name '*.py' ! -type d; }

# twice NAME EXTENSION FLAG...: start twice; the pycs are named *EXTENSION
twice() {
	local name=${py_name}_$1 extension=$2
	shift 2
	redirected "$TMP/one" "$python" "${py_flags[@]}" "$@" -c "$program" >"$TMP/out" 2>&1
	redirected "$TMP/two" "$python" "${py_flags[@]}" "$@" -c "$program" >>"$TMP/out" 2>&1
	is "$(tr '\n' ' ' <"$TMP/out")$(totals "$TMP/one")$(totals "$TMP/two")" \
		"$printed $printed (6, 0, 6, 6, 0)(6, 6, 0, 0, 0)" "${name}_is_written_and_then_hit"
	is "$(shadow_names)" "__init__$extension __init__$extension a$extension b$extension c$extension d$extension " \
		"${name}_has_its_names"
	is "$(in_place)" "" "${name}_leaves_the_tree_alone"
}

# compiled NAME OPTION...: compileall fills the shadow
compiled() {
	local name=$1
	shift
	make_tree
	redirected "$TMP/one" "$python" "${py_flags[@]}" -m compileall -q "$@" "$TREE" >"$TMP/out" 2>&1
	is "$? $(cat "$TMP/out") $(in_place)" "0  " "${py_name}_compileall_${name}_fills_the_shadow"
}

# hits NAME COUNT: COUNT of the six look-ups are hits
hits() {
	start "$TMP/two" >"$TMP/out" 2>&1
	is "$(cat "$TMP/out") $(stat_json "$TMP/two" summary .totals.hits)" "$printed $2" "${py_name}_$1"
}

layouts() {
	local kind
	make_tree
	if [ "$py_major" = 2 ]; then twice optimised .pyo -O; else twice optimised .opt-1.pyc -O; fi
	make_tree
	if [ "$py_major" = 2 ]; then twice without_docstrings .pyo -OO; else twice without_docstrings .opt-2.pyc -OO; fi
	[ "$py_major" = 3 ] || return
	compiled legacy -b
	find "$TREE" -name '*.py' -delete # without the library
	start "$TMP/two" >"$TMP/out" 2>&1
	like "$(tail -n 1 "$TMP/out")" "No module named '?pkg'?" "${py_name}_pycs_of_the_shadow_without_sources_are_not_there"
	[ "$py_minor" -ge 7 ] || return
	for kind in checked unchecked; do
		compiled $kind --invalidation-mode $kind-hash
		find "$TREE" -name '*.py' -exec touch -d '1 minute ago' {} +
		hits "${kind}_hashes_of_touched_sources_are_used" 6
		compiled $kind --invalidation-mode $kind-hash
		hits "${kind}_hashes_are_hit" 6
		echo '# more' >>"$TREE/pkg/a.py"
		hits "${kind}_hash_of_a_changed_source_is_not_used" 5
	done
}

for python in $(pythons); do
	py_info "$python"
	layouts
done

# --- pytest -------------------------------------------------------------------------------

python=/usr/bin/python3
py_info "$python"
make_tree
if clean_env "$python" -s -c 'import pytest' 2>/dev/null; then
	echo 'from pkg import a
def test_a(): assert a.value == "a"' >"$TREE/test_a.py"
	touch -d '1 hour ago' "$TREE/test_a.py"
	for run in one two; do
		redirected "$TMP/$run" PYTHONPATH="$TREE" "$python" -s -m pytest -q -p no:cacheprovider "$TREE" \
			>"$TMP/out" 2>&1 || cat "$TMP/out"
	done
	is "$(stat_json "$TMP/one" summary .totals.written) $(stat_json "$TMP/two" summary .totals.written)" "3 0" \
		pytest_writes_once
	is "$(stat_json "$TMP/two" summary .totals.hits) $(shadow_names | grep -c 'test_a-pytest')" "3 1" pytest_hits_its_own
	is "$(in_place)" "" pytest_leaves_the_tree_alone
else
	skip "no pytest" pytest
fi

# --- other files in caches
# ------------------------------------------------------------------

# As numba writes its index and machine code: through a temporary file and os.replace().
cat >"$TMP/numba.py" <<'END'
import os, pickle, sys, tempfile
cache = sys.argv[1] + "/pkg/__pycache__"


def save(name, what):
    os.makedirs(cache, exist_ok=True)
    tempfile.TemporaryFile(dir=cache).close()  # may it be written to?
    path = os.path.join(cache, name)
    with open("%s.tmp.%x" % (path, os.getpid()), "wb") as file:
        pickle.dump(what, file)
    os.replace(file.name, path)


def load(name):
    with open(os.path.join(cache, name), "rb") as file:
        return pickle.load(file)


try:
    index = load("a.f-1.py311.nbi")
    print("cached", load(index), sorted(n[-4:] for n in os.listdir(cache)))
except FileNotFoundError:
    save("a.f-1.py311.1.nbc", b"code" * 9999)
    save("a.f-1.py311.nbi", "a.f-1.py311.1.nbc")
    print("compiled")
END
sed -i 's/load(index), /len(load(index)), /' "$TMP/numba.py"
make_tree
for _ in 1 2; do redirected "$TMP/one" "$python" -I -S -B "$TMP/numba.py" "$TREE"; done >"$TMP/out" 2>&1
is "$(cat "$TMP/out")" "compiled"$'\n'"cached 39996 ['.nbc', '.nbi']" numba_finds_what_it_kept
is "$(in_place)" "" numba_leaves_the_tree_alone

# ".." from a cache that exists only in the shadow; a slash behind a name requires a
# directory.
make_tree
redirected "$TMP/one" "$python" -I -S -c 'import os, sys
cache = sys.argv[1] + "/pkg/__pycache__"
os.mkdir(cache)
for name in "/../a.py/", "/../none/", "/../sub/", "/../none/../a.py":
    for flags in os.O_RDONLY, os.O_RDWR | os.O_CREAT:
        try:
            os.close(os.open(cache + name, flags))
            print(0)
        except OSError as error:
            print(error.errno)' "$TREE" >"$TMP/out" 2>&1
is "$(tr '\n' ' ' <"$TMP/out")" "20 21 2 21 0 21 2 2 " names_above_a_cache_of_the_shadow_mean_what_they_say

# cffi runs gcc and ld, which write into the same cache, and loads the result.
if clean_env "$python" -s -c 'import cffi, setuptools' 2>/dev/null; then
	make_tree
	cat >"$TREE/native.py" <<'END'
from cffi import FFI
ffi = FFI()
ffi.cdef("int triple(int);")
lib = ffi.verify("int triple(int x) { return 3 * x; }", force_generic_engine=True)
print(lib.triple(14))
END
	import_native="import sys; sys.path.insert(0, '$TREE'); import native"
	redirected "$TMP/one" "$python" -s -c "$import_native" >"$TMP/out" 2>"$TMP/err"
	is "$(tail -n 1 "$TMP/out")" 42 cffi_compiles_into_the_shadow "$(tail -n 5 "$TMP/err")"
	is "$(find "$SHADOW$TREE/__pycache__" -printf '%f\n' | sed -n 's/^_cffi.*\././p' | sort -u | tr '\n' ' ')" \
		".c .o .so " cffi_keeps_its_files_there
	redirected "$TMP/two" PATH=/nowhere "$python" -s -c "$import_native" >"$TMP/out" 2>&1
	is "$(cat "$TMP/out")" 42 cffi_loads_what_it_kept
	is "$(in_place)" "" cffi_leaves_the_tree_alone
else
	skip "no cffi with setuptools" cffi
fi
