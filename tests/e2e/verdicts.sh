#!/bin/bash
# SPDX-License-Identifier: MIT
# Imports with every interpreter: every verdict that a look-up can have.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/pair.bash"

# A module whose compile prints a warning with its source line, and that ends in a
# traceback.
showing="${path}
import linecache, traceback
import warns, inspect, pkg.a
inspect.getsource(pkg.a.A)
try:
    pkg.a.A(1)
except TypeError:
    traceback.print_exc()
sys.stderr.flush()
try:
    warns.warnings.warn('again', stacklevel=99)
    linecache.checkcache()
    linecache.getlines(warns.__file__.rstrip('co'))
finally:
    import wide1"

how_look_ups_end() {
	warm_up "$python" "${flags[@]}" -c "$imports" # write the pycs of the standard library

	run_all cold_counts_misses
	prepare() { warm; }
	run_all warm_counts_hits
	prepare() { warm && sources touch -d '2021-01-01 01:01:01'; }
	run_all touched_source_counts_stale_mtime
	if [ "$py_major" = 3 ]; then # 2.7 stores no size
		prepare() {
			warm && sources sed -i '$a# more' && sources touch -d '2020-02-02 02:02:02'
		}
		run_all grown_source_counts_stale_size
	fi
	prepare() { warm && overwrite 0 '\0001\0002'; }
	run_all other_magic_counts_stale_magic
	if has_hash_pycs; then
		prepare() { warm && overwrite 4 '\0010'; }
		run_all unknown_flags_counts_stale_flags
	fi
	if [ "$py_major" = 3 ]; then
		prepare() { warm && pycs | xargs truncate -s 9; }
		run_all cut_header_counts_stale_truncated
	else
		prepare() { warm && pycs | xargs truncate -s 6; }
		run_all cut_header_counts_stale_truncated
	fi
	prepare() { warm && pycs | xargs truncate -s 0; }
	run_all empty_pyc_counts_stale
	prepare() { warm && rm -f "$(pycs | grep 'sub.*c\.')"; }
	run_all one_missing_counts_one_miss
	# linecache reads the source during the compile and after it
	prepare() {
		printf 'import warnings\npattern = "\\d"\nwarnings.warn("shown")\n' >warns.py
		touch -d '2020-02-02 02:02:02' warns.py
	}
	pair warnings_and_tracebacks_compile_nothing "$python" "${flags[@]}" -W always -c "$showing"
	pair warnings_and_tracebacks_under_dash_b_compile_nothing "$python" "${flags[@]}" -B -W always -c "$showing"
	prepare() { :; }
	pair syntax_error_counts_a_miss "$python" "${flags[@]}" -c "${path}
try:
    sys.path.insert(0, 'bad'); import broken
except SyntaxError:
    print('as expected')"
}

each_python how_look_ups_end
