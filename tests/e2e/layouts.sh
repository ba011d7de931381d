#!/bin/bash
# SPDX-License-Identifier: MIT
# The places of pycs and the ways to start modules, with every interpreter.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/pair.bash"

layouts() {
	local level
	for level in -O -OO; do
		new_scenario
		flags=("${py_flags[@]}" "$level")
		warm_up "$python" "${flags[@]}" -c "$imports"
		run_all "optimised${level}_cold_counts_misses"
		prepare() { warm; }
		run_all "optimised${level}_warm_counts_hits"
	done
	flags=("${py_flags[@]}")

	if [ "$py_kind" = cpython ]; then # PyPy ignores sourceless pycs
		prepare() {
			if [ "$py_major" = 3 ]; then once "$python" -m compileall -q -b -x bad .; else warm; fi
			rm -f reads_itself.py && find pkg -name '*.py' -delete && [ -e pkg/a.pyc ]
		}
		pair sourceless_counts_hits "$python" "${flags[@]}" -c "${path}import pkg.a, pkg.sub.c"
	fi

	new_scenario
	if has_prefix; then
		setting=(PYTHONPYCACHEPREFIX="$WORK/prefix")
		oracle=(--prefix "$WORK/prefix")
		# below the prefix the standard library has no pycs either, so both runs
		# are cold
		pair prefix_cold_counts_misses "$python" -s -S -c "$imports"
		prepare() { once "$python" -s -S -c "$imports"; }
		pair prefix_warm_counts_hits "$python" -s -S -c "$imports"
		setting=(PYTHONPYCACHEPREFIX=/proc/none)
		oracle=(--prefix /proc/none)
		prepare() { :; }
		pair prefix_unwritable_counts_write_failed "$python" -s -S -c "$imports"
	fi

	new_scenario
	pair module_run_cold_counts_misses "$python" "${flags[@]}" -c "${path}
import runpy; runpy.run_module('pkg.tool')"
	setting=(PYTHONPATH=.)
	warm_up "$python" -s -S -m pkg
	pair dash_m_cold_counts_misses "$python" -s -S -m pkg.tool
	prepare() { once "$python" -s -S -m pkg.tool; }
	pair dash_m_warm_counts_hits "$python" -s -S -m pkg.tool
	pair script_counts_only_its_imports "$python" -s -S pkg/tool.py

	new_scenario
	prepare() {
		once "$python" "${flags[@]}" -c "$imports"
		helper -m zipfile -c zip.zip pkg && rm -rf pkg
	}
	pair zipimport_counts_no_lookups_inside "$python" "${flags[@]}" -c 'import sys
sys.path.insert(0, "zip.zip")
import pkg.a'
}

each_python layouts
