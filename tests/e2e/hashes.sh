#!/bin/bash
# SPDX-License-Identifier: MIT
# Hash-based pycs, with every interpreter that supports them.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/pair.bash"

hash_based() {
	has_hash_pycs || return
	warm_up "$python" "${flags[@]}" -c "$imports"
	prepare() { compile_as checked-hash; }
	run_all checked_hash_same_counts_hits
	prepare() { compile_as checked-hash && sources sed -i '$a# more'; }
	run_all checked_hash_changed_counts_stale_hash
	prepare() { compile_as unchecked-hash && sources sed -i '$a# more'; }
	run_all unchecked_hash_changed_counts_hits
	flags+=(--check-hash-based-pycs always)
	[ "$py_kind" = pypy ] || run_all unchecked_hash_checked_all_the_same_counts_stale_hash
}

each_python hash_based
