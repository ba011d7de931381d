#!/bin/bash
# SPDX-License-Identifier: MIT
# A test of the oracle: its counts from strace agree with `python -v` of the same run.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/pair.bash"

# said: count hits, compiled and written modules of the tree in the messages of -v.
said() {
	awk -v tree="$WORK" '
		index($0, tree) == 0 && !/ \.\// { next }
		/# code object from .*\.py[co]/ || /# precompiled from / { hits++ }
		/# code object from .*\.py.?$/ || /^import .* # from / { compiled++ }
		/^# (wrote|created) / && !seen[$3]++ { written++ }
		END { print hits + 0, compiled + 0, written + 0 }' "$TMP/err2"
}

# agrees_with_v NAME
agrees_with_v() {
	fresh
	(cd "$TREE" && prepare)
	straced_once "$python" "${flags[@]}" -v -c "import sys; sys.path.insert(0, '$TREE')
import pkg.a, pkg.sub.c, windows"
	helper "$HERE/strace_oracle.py" --magic "$py_magic" --only "$TREE" \
		"$TMP/strace/trace" >"$TMP/counted"
	is "$(helper -c 'import json, sys
t = json.load(open(sys.argv[1]))["totals"]
print(t["hits"], t["compiled"], t["written"])' "$TMP/counted")" "$(said)" \
		"${py_name}_oracle_$1_counts_as_python_v" "$(grep "$WORK" "$TMP/err2" | tail -n 30)"
}

states() {
	agrees_with_v cold
	prepare() { once "$python" "${flags[@]}" -c "import sys; sys.path.insert(0, '$TREE'); import pkg.a, windows"; }
	agrees_with_v half_warm
	prepare() { warm && touch -d '2021-01-01 01:01:01' pkg/a.py && overwrite 0 '\0001\0002'; }
	agrees_with_v stale
	flags+=(-B)
	prepare() { :; }
	agrees_with_v dash_b
}

each_python states
