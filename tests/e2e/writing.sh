#!/bin/bash
# SPDX-License-Identifier: MIT
# Imports with every interpreter when a pyc is not written, or cannot be written.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/pair.bash"

make_pycaches() { mkdir __pycache__ pkg/__pycache__ pkg/sub/__pycache__; }

writing() {
	warm_up "$python" "${flags[@]}" -c "$imports"
	pair dash_b_cold_counts_not_attempted "$python" "${flags[@]}" -B -c "$imports"
	prepare() { warm && sources touch -d '2021-01-01 01:01:01'; }
	pair dash_b_stale_counts_not_attempted "$python" "${flags[@]}" -B -c "$imports"

	new_scenario
	setting=(PYTHONDONTWRITEBYTECODE=1)
	pair dont_write_variable_counts_not_attempted "$python" -s -S -c "$imports"

	new_scenario
	around=(powerless)
	prepare() { find . -type d -exec chmod 555 {} +; }
	run_all unwritable_directory_counts_write_failed
	prepare() { warm && pycs | xargs chmod 000; }
	run_all unreadable_pyc_counts_unreadable
	if [ "$py_major" = 3 ]; then
		prepare() { make_pycaches && find . -name __pycache__ -exec chmod 555 {} +; }
		run_all unwritable_pycache_counts_write_failed
	fi
	find "$TREE" -type d -exec chmod 755 {} +

	new_scenario
	if can_mount; then
		around=(readonly_mount "$TREE")
		run_all readonly_tree_counts_write_failed
		prepare() { warm && sources touch -d '2021-01-01 01:01:01'; }
		run_all readonly_stale_counts_write_failed
		prepare() { [ "$py_major" = 2 ] || make_pycaches; }
		run_all readonly_with_pycache_counts_write_failed

		around=(full_tmpfs)
		prepare() { :; }
		run_all full_tmpfs_counts_write_failed
	else
		skip "may not mount" "${py_name}_readonly_and_full"
	fi
}

# full_tmpfs COMMAND...: run with the tree on a tmpfs that has one page left
full_tmpfs() {
	# shellcheck disable=SC2016 # for the inner shell
	small_tmpfs 160k "$TREE" bash -c '
		tar -xf "$0" -C .. && cd "$PWD" || exit 1
		mkdir -p __pycache__ pkg/__pycache__ pkg/sub/__pycache__
		dd if=/dev/zero of=filler bs=4k status=none 2>/dev/null
		truncate -s -4k filler
		exec "$@"' "$TMP/packages.tar" "$@"
}

each_python writing
