#!/bin/bash
# SPDX-License-Identifier: MIT
# compileall and py_compile: their compiles are counted, but their reads of pyc headers
# are no look-ups.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/pair.bash"

compile_all() { pair "compileall_$1" "$python" "${flags[@]}" -m compileall -q -x bad "${@:2}" .; }

compiling() {
	local level=()
	has_hash_pycs && level=(--invalidation-mode checked-hash)
	oracle=(--no-imports "$TREE")
	warm_up "$python" "${flags[@]}" -m compileall -q -x bad "${level[@]}" .

	compile_all cold_counts_compiled
	prepare() { once "$python" "${flags[@]}" -m compileall -q -x bad .; }
	compile_all warm_counts_nothing
	compile_all forced_counts_compiled -f
	prepare() { warm && touch -d '2021-01-01 01:01:01' pkg/a.py && rm wide1.py; }
	compile_all half_stale_counts_compiled_alone
	prepare() { :; }
	if can_mount; then
		around=(readonly_mount "$TREE")
		compile_all readonly_counts_write_failed
		around=()
	else
		skip "may not mount" "${py_name}_compileall_readonly"
	fi

	if [ "$py_major" = 3 ]; then
		warm_up "$python" "${flags[@]}" -m compileall -q -x bad -j2 .
		compile_all two_workers_counts_compiled -j2
		compile_all beside_the_source_counts_compiled -b
		prepare() { once "$python" "${flags[@]}" -m compileall -q -x bad -b .; }
		compile_all beside_the_source_warm_counts_nothing -b
		prepare() { :; }
	fi
	if has_hash_pycs; then
		compile_all hash_counts_compiled --invalidation-mode unchecked-hash
	fi
	pair py_compile_cold_counts_compiled "$python" "${flags[@]}" -m py_compile pkg/a.py pkg/b.py
	prepare() { warm; }
	pair py_compile_warm_counts_compiled "$python" "${flags[@]}" -m py_compile pkg/a.py pkg/b.py
	prepare() { :; }
	pair py_compile_broken_source_counts_no_write "$python" "${flags[@]}" -m py_compile bad/broken.py

	if [ "$py_major" = 2 ]; then
		oracle=()
		pair py_compile_as_debian_has_it_counts_written_once "$python" "${flags[@]}" -B -c "
import marshal, os, py_compile, struct
source = open('wide1.py').read()
temporary = 'wide1.pyc.%d' % id(source)
with open(temporary, 'wb') as file:
    file.write(b'\\0' * 4 + struct.pack('<I', int(os.stat('wide1.py').st_mtime)))
    marshal.dump(compile(source, 'wide1.py', 'exec'), file)
    file.flush()
    file.seek(0)
    file.write(py_compile.MAGIC)
os.rename(temporary, 'wide1.pyc')"
	fi

	oracle=()
	pair compile_then_import_counts_both "$python" "${flags[@]}" -c "${path}
import py_compile
py_compile.compile('wide1.py')
import wide1"
}

each_python compiling

# Debian's py3compile tests whether each pyc exists, in a process that imports none of
# them.
fresh
rm -f "$TMP/rec"
(cd "$TREE" && traced "$TMP/rec" "$(python3_path)" -I -S -B -c "${path}
import importlib.util, os
for name in 'wide1', 'wide2', 'wide3':
    source = os.path.abspath(name + '.py')
    os.stat(source)
    try:
        open(importlib.util.cache_from_source(source), 'rb')
    except FileNotFoundError:
        pass
import wide4")
is "$(stat_json "$TMP/rec" modules "[(m['source'][-8:], m['misses']) for m in d['modules'] if '/wide' in m['source']]")" \
	'[["wide4.py", 1]]' asking_whether_a_pyc_is_there_is_no_look_up
