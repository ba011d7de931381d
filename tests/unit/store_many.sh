#!/bin/bash
# SPDX-License-Identifier: MIT
# A store with 100,000 entries: its size, a look-up in it, and pycstat store and prune.

. "$(dirname "$0")/../lib.sh"

check store_builder_compiles "${CC:-cc}" -O1 -std=gnu11 -D_GNU_SOURCE -I"$TOP/include" -o "$TMP/make_store" \
	"$TOP/tests/golden/make_store.c" "$B/tests/all.a" || exit 1
python=$(python3_path)
py_info "$python"
memory=$(mktemp -d /dev/shm/pycshim-test.XXXXXX) || skip_all "no /dev/shm"
trap 'status=$?; rm -rf "$memory"; (exit $status); lib_end' EXIT

mkdir -m 700 "$memory/many" "$memory/none"
"$TMP/make_store" "$memory/many" many 100000
# 120 bytes and the path of the source more than its code
is "$("$PYCSTAT" store --json "$memory/many" | helper -c 'import json, sys
d = json.load(sys.stdin); print(d["entries"], d["bytes"])')" "100000 $((100000 * (120 + 10 + 4)))" store_of_many_is_listed

# 300 modules that no store has; neither is filled: its limit is less than an entry
mkdir "$TMP/modules"
for ((i = 0; i < 300; i++)); do echo "x = $i" >"$TMP/modules/m$i.py"; done
cat >"$TMP/times.py" <<'END_OF_PROGRAM'
import os, subprocess, sys, time
python, modules, library, stores = sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:]
program = "import sys; sys.path.insert(0, %r)\nfor i in range(300): __import__('m%%d' %% i)" % modules
def cpu(store):
    environment = {"LD_PRELOAD": library, "PYCSHIM_STORE": store, "PYCSHIM_STORE_MAX": "1", "PYCSHIM_RECORD": "off"}
    before = os.times()
    subprocess.check_call([python, "-I", "-S", "-B", "-c", program], env=environment)
    after = os.times()
    return after[2] + after[3] - before[2] - before[3]
times = [[cpu(store) for store in stores] for _ in range(12)]
print("%.2f" % (sorted(many for none, many in times)[3] / sorted(none for none, many in times)[3]))
END_OF_PROGRAM
ratio=$(helper "$TMP/times.py" "$python" "$TMP/modules" "$LIB" "$memory/none" "$memory/many")
note "300 look-ups in a store of many take $ratio of those in an empty one"
check look_up_in_a_store_of_many_costs_as_in_an_empty_one awk -v ratio="$ratio" 'BEGIN { exit !(ratio > 0 && ratio < 1.3) }' || note "$ratio"

began=$EPOCHREALTIME
is "$("$PYCSTAT" store prune --max 6700000 --json "$memory/many" | helper -c 'import json, sys
d = json.load(sys.stdin); print(d["entries"], d["bytes"] <= 6700000)')" "50000 True" prune_of_many_keeps_half
note "prune took $(awk -v a="$began" -v b="$EPOCHREALTIME" 'BEGIN { print b - a }') s"
