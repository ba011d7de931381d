# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # py_* are lib.sh's
#
# Functions of the scripts about redirect: make a tree of packages, and start a program
# that imports it, with a shadow.  Sourced after lib.sh; `python` is the interpreter.

TREE=$TMP/tree
SHADOW=$TMP/shadow
around=() # a command that runs its arguments: readonly_mount DIR, powerless, ...

make_tree() {
	local name
	rm -rf "$TREE" "$SHADOW"
	mkdir -p "$TREE/pkg/sub"
	for name in __init__ a b c; do echo "value = '$name'" >"$TREE/pkg/$name.py"; done
	echo "from . import d" >"$TREE/pkg/sub/__init__.py"
	echo "x = 5" >"$TREE/pkg/sub/d.py"
	find "$TREE" -name '*.py' -exec touch -d '1 hour ago' {} +
}

# The program's output; it makes six look-ups.
program='import sys; sys.path.insert(0, "'$TREE'")
import pkg.a, pkg.b, pkg.c, pkg.sub
print(" ".join([pkg.a.value, pkg.b.value, pkg.c.value, str(pkg.sub.d.x)]))'
printed='a b c 5'

# redirected RECORDING [NAME=VALUE...] COMMAND...
redirected() {
	local recording=$1
	shift
	rm -f "$recording"
	"${around[@]}" env -i PATH="$SYSTEM_PATH" HOME="$TMP/home" LANG=C.UTF-8 LD_PRELOAD="$LIB" \
		PYCSHIM_MODE=redirect PYCSHIM_ROOT="$SHADOW" PYCSHIM_RECORD="$recording" \
		PYCSHIM_ONLY="$TREE" "$@"
}

# start RECORDING [NAME=VALUE...]: run the program in redirect mode
start() { redirected "$@" "$python" "${py_flags[@]}" -c "$program"; }

# totals RECORDING: print look-ups, hits, compiled, written, failed
totals() {
	stat_json "$1" summary 'tuple(d["totals"][n] for n in
		("lookups", "hits", "compiled", "written", "write_failed"))'
}

# refused NAME TOTALS [NAME=VALUE...]: the program runs with these totals, and one line
# says why the shadow was not used.
refused() {
	local status pid
	start "$TMP/refused" "${@:3}" >"$TMP/refused.out" 2>"$TMP/refused.err" &
	pid=$!
	wait_until 60 eval "! alive $pid" || kill -KILL $pid
	wait $pid
	status=$?
	is "$status $(cat "$TMP/refused.out")" "0 $printed" "${1}_lets_the_program_run" "$(cat "$TMP/refused.err")"
	is "$(grep -c '^pycshim: ' "$TMP/refused.err")" 1 "${1}_is_named_once" "$(cat "$TMP/refused.err")"
	is "$(totals "$TMP/refused")" "$2" "${1}_is_not_used"
}
