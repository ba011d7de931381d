#!/bin/bash
# SPDX-License-Identifier: MIT
# Symlinks on the way to a cache that change meanwhile, and directories that are renamed:
# the same random operations on a writable tree give the same results with and without
# redirect.

. "$(dirname "$0")/../lib.sh"

python=$(python3_path)
SEEDS=${SEEDS:-60} COUNT=${COUNT:-80}

# play SEED [NAME=VALUE...]
play() {
	rm -rf "$TMP/tree" "$TMP/shadow" && mkdir "$TMP/tree"
	clean_env "${@:2}" "$python" -I -S -B "$TOP/tests/e2e/links_ops.py" "$TMP/tree" "$1" "$COUNT" 2>&1
}

compare_all() {
	local seed lines=0 redirected=0
	for ((seed = 1; seed <= SEEDS; seed++)); do
		play "$seed" >"$TMP/without"
		play "$seed" LD_PRELOAD="$LIB" PYCSHIM_MODE=redirect PYCSHIM_RECORD=off \
			PYCSHIM_ROOT="$TMP/shadow" >"$TMP/with"
		if ! cmp -s "$TMP/without" "$TMP/with"; then
			echo "seed $seed, of $COUNT operations:"
			diff "$TMP/without" "$TMP/with" | cut -c 1-300 | head -n 6
			return 1
		fi
		lines=$((lines + $(wc -l <"$TMP/with")))
		[ -z "$(find "$TMP/shadow" -name '*.pyc')" ] || redirected=$((redirected + 1))
	done
	[ "$lines $((redirected > SEEDS / 2))" = "$((SEEDS * COUNT)) 1" ] ||
		{ echo "$lines lines, $redirected shadows"; return 1; }
}

check links_and_moves_are_as_without_the_library compare_all
