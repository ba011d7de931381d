#!/bin/bash
# SPDX-License-Identifier: MIT
# Imports in unusual orders, and reads that are no imports, with every interpreter.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/pair.bash"

odd_orders() {
	warm_up "$python" "${flags[@]}" -c "import threading, shutil, hashlib, linecache, codecs, encodings.cp1252"
	pair codec_in_compile_counts_each_once "$python" "${flags[@]}" -c "${path}
import codecs
def find(name):
    import nested_codec
    return codecs.lookup('ascii') if name == 'nested' else None
codecs.register(find)
import windows; sys.path.insert(0, 'bad'); import uses_nested"
	pair threads_count_each_module "$python" "${flags[@]}" -c "${path}
import threading, pkg.a
def load(number):
    __import__('wide%d' % number)
threads = [threading.Thread(target=load, args=(n,)) for n in range(1, 9)]
for thread in threads: thread.start()
for thread in threads: thread.join()"
	prepare() { mkdir -p two/rel one/rel && cp wide1.py one/rel/first.py && cp wide2.py two/rel/second.py; }
	pair changed_directory_counts_the_right_files "$python" "${flags[@]}" -c "${path}
import os, pkg.a
sys.path.insert(0, 'rel')
os.chdir('one')
import first
os.chdir('../two')
getattr(sys, 'path_importer_cache').clear()
import second"
	new_scenario
	prepare() { warm && cp -a pkg store; }
	oracle=(--no-imports "$TREE/store" --no-imports "$TREE/copy")
	pair reading_and_copying_counts_nothing "$python" "${flags[@]}" -c "${path}
import glob, hashlib, linecache, os, shutil, pkg.a
shutil.copytree('store', 'copy')
for directory, _, names in os.walk('store'):
    for name in names:
        linecache.getlines(os.path.join(directory, name))
        hashlib.md5(open(os.path.join(directory, name), 'rb').read())
        os.rename(os.path.join(directory, name), 'copy/' + name)"
}

each_python odd_orders
