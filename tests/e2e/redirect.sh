#!/bin/bash
# SPDX-License-Identifier: MIT
# Redirect: bytecode on a read-only file system.  Every interpreter starts twice on a
# read-only tree with no pycs, with some, with all, and with stale ones.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/shadow.bash"

can_mount || skip_all "no mounts here"
around=(readonly_mount "$TREE")

# actions RECORDING OPERATION...: the actions of successful events of these operations
actions() {
	local recording=$1
	shift
	"$PYCSTAT" events --json "$recording" | helper -c 'import json, sys
events = [json.loads(line) for line in sys.stdin]
print(sorted({e["action"] for e in events if e["op"] in sys.argv[1:] and not e["error"]}))' "$@"
}

# starts NAME COLD WARM: start twice; totals of the first and the second.
starts() {
	local cold warm
	cold=$(start "$TMP/one" 2>&1)
	warm=$(start "$TMP/two" 2>&1)
	is "$cold|$warm" "$printed|$printed" "${py_name}_${1}_runs"
	is "$(totals "$TMP/one")" "$2" "${py_name}_${1}_first_start"
	is "$(totals "$TMP/two")" "$3" "${py_name}_${1}_second_start_is_all_hits"
}

compile() { clean_env "$python" "${py_flags[@]}" -m compileall -q "$1" >/dev/null; }

image() {
	make_tree
	starts without_pycs "(6, 0, 6, 6, 0)" "(6, 6, 0, 0, 0)"
	is "$(find "$TMP/tree" -name '*.py[co]' -o -name __pycache__)" "" "${py_name}_image_is_untouched"
	is "$(actions "$TMP/one" create write rename)" "['redirect']" "${py_name}_what_is_written_is_called_redirect"
	is "$(actions "$TMP/two" lookup)" "['redirect']" "${py_name}_hits_in_the_shadow_are_called_redirect"
	pages=$(find "$SHADOW" -name '*.py[co]' -printf '%s\n' | awk '{ n += int(($1 + 4095) / 4096) * 4096 } END { print n }')
	for recording in one two; do
		is "$(stat_json "$TMP/$recording" summary 'd["redirect"]["shadow_pycs"], d["redirect"]["shadow_bytes"]')" \
			"(6, $pages)" "${py_name}_shadow_of_start_${recording}_is_measured"
	done
	is "$("$PYCSTAT" --json "$TMP/one" "$TMP/two" | helper -c 'import json, sys
d = json.load(sys.stdin)["redirect"]
print(d["shadow_hits"], d["costed_hits"], d["saved_seconds"] > 0)')" "6 6 True" "${py_name}_savings_are_those_of_all_hits"
	make_tree
	compile "$TMP/tree"
	starts with_all_pycs "(6, 6, 0, 0, 0)" "(6, 6, 0, 0, 0)"
	is "$(actions "$TMP/two" lookup)" "['pass']" "${py_name}_hits_in_place_are_called_pass"
	make_tree
	compile "$TMP/tree/pkg/sub"
	starts with_some_pycs "(6, 2, 4, 4, 0)" "(6, 6, 0, 0, 0)"
	make_tree
	compile "$TMP/tree"
	touch -d '10 minutes ago' "$TMP/tree/pkg/a.py" "$TMP/tree/pkg/b.py"
	starts with_stale_pycs "(6, 4, 2, 2, 0)" "(6, 6, 0, 0, 0)"
	# the shadow's pycs, copied into an image, are hits there without the library
	make_tree
	starts before_baking "(6, 0, 6, 6, 0)" "(6, 6, 0, 0, 0)"
	cp -a "$SHADOW/$TMP/tree/." "$TMP/tree/"
	rm -f "$TMP/three"
	traced "$TMP/three" PYCSHIM_ONLY="$TMP/tree" "$python" "${py_flags[@]}" -c "$program" >/dev/null
	is "$(totals "$TMP/three")" "(6, 6, 0, 0, 0)" "${py_name}_baked_pycs_are_hits"
}

for python in $(pythons); do
	py_info "$python"
	image
done

# 64 cold starts at the same time: none fails, all pycs are complete, the next start has
# hits.
python=$(python3_path)
py_info "$python"
make_tree
crowd='import os, sys
pids = []
for _ in range(64):
    pid = os.fork()
    if not pid:
        try:
            exec(sys.argv[1]); os._exit(0)
        except BaseException as error:
            os.write(2, repr(error).encode()); os._exit(1)
    pids.append(pid)
print(sorted(os.waitpid(pid, 0)[1] for pid in pids)[-1])'
out=$(redirected "$TMP/crowd" "$python" "${py_flags[@]}" -c "$crowd" "$program" 2>"$TMP/crowd.err" | tail -n 1)
is "$out $(cat "$TMP/crowd.err")" "0 " crowd_of_64_cold_ends_well
out=$(redirected "$TMP/after" "$python" "${py_flags[@]}" -c "$program")
is "$(totals "$TMP/after")" "(6, 6, 0, 0, 0)" crowd_of_64_leaves_all_hits
is "$(find "$SHADOW" -name '*.pyc.*' ! -name '.pycshim-*' | wc -l)" 0 crowd_of_64_leaves_no_temporary

# A package whose directory is a symlink: pycstat still attributes its pycs to its
# sources.
make_tree
ln -s pkg "$TREE/alias"
for wanted in "(6, 0, 6, 6, 0)" "(6, 6, 0, 0, 0)"; do
	out=$(redirected "$TMP/alias" "$python" "${py_flags[@]}" -c "${program//pkg/alias}")
	is "$out $(totals "$TMP/alias")" "$printed $wanted" "package_behind_a_link_counts_$wanted"
done

# An unusable shadow is reported in one line, and the program runs as on a read-only disk.
mkdir "$TMP/writable" && chmod 777 "$TMP/writable"
ln -s "$TMP/home" "$TMP/link"
: >"$TMP/file"
refused_root() {
	make_tree
	SHADOW=$2 refused "root_$1" "(6, 0, 6, 0, 6)"
}
refused_root writable_by_others "$TMP/writable"
refused_root symbolic_link "$TMP/link"
refused_root below_a_symbolic_link "$TMP/link/shadow"
refused_root file "$TMP/file"
if is_root; then
	mkdir -m 700 "$TMP/theirs" && chown 65534 "$TMP/theirs"
	refused_root made_by_another "$TMP/theirs"
fi
