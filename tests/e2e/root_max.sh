#!/bin/bash
# SPDX-License-Identifier: MIT
# PYCSHIM_ROOT_MAX: the shadow stays within its limit, and what was used longest ago leaves.

. "$(dirname "$0")/../lib.sh"

python=$(python3_path)
py_info "$python"
app=$TMP/app shadow=$TMP/shadow
mkdir "$app"
mkdir -m 700 "$shadow"
# 40 modules of 4 to 8 KiB each: incompressible text
helper -c 'import os, sys
for i in range(40):
    with open("%s/m%d.py" % (sys.argv[1], i), "w") as file:
        file.write("value = %d\ntext = %r\n" % (i, os.urandom(2500).hex()))' "$app"

# imports FIRST LAST: the sum of what they define
imports() {
	clean_env LD_PRELOAD="$LIB" PYCSHIM_MODE=redirect PYCSHIM_ROOT="$shadow" PYCSHIM_ROOT_MAX=100K \
		PYCSHIM_RECORD="$TMP/recording" "$python" "${py_flags[@]}" -c 'import sys
sys.path.insert(0, sys.argv[1])
print(sum(__import__("m%d" % i).value for i in range(int(sys.argv[2]), int(sys.argv[3]) + 1)))' "$app" "$1" "$2" 2>&1
}
kept() { find "$shadow" -name 'm*.pyc' -printf '%f\n' | grep -oE '^m[0-9]+' | sort -V | tr '\n' ' '; }
kib() { find "$shadow" -name 'm*.pyc' -printf '%b\n' | awk '{ sum += $1 } END { print int(sum / 2) }'; }

is "$(imports 0 5)" 15 pycs_below_the_limit_are_made
is "$(kept)" 'm0 m1 m2 m3 m4 m5 ' pycs_below_the_limit_stay
# access times are noted once a day on some file systems: make them what they would be
find "$shadow" -name 'm*.pyc' -exec touch -a -d '1 hour ago' {} +
sleep 0.1
is "$(imports 6 15)" 105 pycs_above_the_limit_are_used
is "$(($(kib) <= 100))" 1 shadow_stays_within_its_limit "$(kib) KiB: $(kept)"
like "$(kept)" 'm14 m15 $' newest_pycs_stay
for round in 1 2 3; do
	is "$(imports 0 39)" 780 "imports_run_in_round_${round}_with_a_shadow_too_small_for_all"
	is "$(($(kib) <= 100))" 1 "shadow_stays_within_its_limit_in_round_$round" "$(kib) KiB"
done
is "$(find "$shadow" -name '*.note' | wc -l)" "$(kept | wc -w)" no_note_stays_without_its_pyc
