# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# The acceptance of one interpreter in the root of another system.  What the recording tells of
# the tree is compared with what `python -v` says of the same run, and its output with that of
# a run without the library.  Sourced after system.bash.
#
# In the root /mnt/tree is the program's, and /mnt/rec the recording.

LIBRARY=/usr/local/lib/libpycshim.so
MODULES=6 # that the program imports from the tree

# new_tree: sources without pycs, older than any pyc, at $1 (/mnt/tree)
new_tree() {
	local tree=$ROOT${1:-/mnt/tree}
	rm -rf "$tree" "$ROOT/mnt/rec"
	mkdir -p "$tree/pkg/sub" && (
		cd "$tree" || exit
		echo 'name = "pkg"' >pkg/__init__.py
		printf 'import pkg.b\nvalue = 1\nclass A(object):\n    """Text."""\n' >pkg/a.py
		printf 'from pkg import name\nassert name, "text"\n' >pkg/b.py
		echo 'names = []' >pkg/sub/__init__.py
		printf 'import pkg.a\ntext = "value %%d" %% pkg.a.value\n' >pkg/sub/c.py
		printf '# coding: cp1252\ntext = "\223\224"\n' >windows.py
		find . -name '*.py' -exec touch -d "${2:-2020-02-02 02:02:02}" {} +
	)
}

# protect_tree: make the tree read-only, until it is unmounted
protect_tree() {
	mount --bind "$ROOT/mnt/tree" "$ROOT/mnt/tree" && mount -o remount,bind,ro "$ROOT/mnt/tree"
}

# imports [NAME=VALUE...]: run the program, with $flags; writes out, err and status in $TMP
imports() {
	inside "$@" "$interpreter" "${flags[@]}" -v -c 'import sys; sys.path.insert(0, "/mnt/tree")
import pkg.a, pkg.sub.c, windows
print(pkg.sub.c.text)' >"$TMP/out" 2>"$TMP/err"
	echo $? >>"$TMP/out"
}

# without_addresses: what -v has said of every module
without_addresses() { sed 's/ at 0x[0-9a-f]*//g' "$TMP/err"; }

# said: hits, compiled and written modules of the tree, by the messages of -v.  PyPy 3.7 says
# that it wrote also where it could not make the __pycache__.
said() {
	awk -v tree=/mnt/tree/ '
		index($0, tree) == 0 { next }
		/# could not create / { refused = substr($5, 2, length($5) - 3) }
		/^# wrote / && refused && index($0, refused "/") { next }
		/# code object from .*\.py[co]/ || /# precompiled from / { hits++ }
		/# code object from .*\.py.?$/ || /^import .* # from / { compiled++ }
		/^# (wrote|created) / && !seen[$3]++ { written++ }
		END { print hits + 0, compiled + 0, written + 0 }' "$TMP/err"
}

# told [KEY...]: the same by the recording
told() {
	local keys=("$@")
	[ $# -gt 0 ] || keys=(hits compiled written)
	stat_json "$ROOT/mnt/rec" modules "' '.join(str(sum(m[key] for m in d['modules']
		if m['source'].startswith('/mnt/tree'))) for key in '${keys[*]}'.split())" --top 0
}

traced=(LD_PRELOAD="$LIBRARY" PYCSHIM_RECORD=/mnt/rec)

# agrees NAME WANTED: the recording, `python -v` and what must be, of a run of `imports`
agrees() {
	if is_pypy2; then
		is "$(told hits compiled)" "${2% *}" "${name}_$1" "$(grep -E '/mnt/tree|pycshim' "$TMP/err")"
	else
		is "$(told)" "$2" "${name}_$1" "$(grep -E '/mnt/tree|pycshim' "$TMP/err")"
		is "$(said)" "$2" "${name}_${1}_as_python_v" "$(grep /mnt/tree "$TMP/err")"
	fi
	is "$(cat "$TMP/out")" $'value 1\n0' "${name}_${1}_ends_well" "$(tail -n 5 "$TMP/err")"
}

# caches [DIRECTORY]: how many pycs are there
caches() { find "$ROOT${1:-/mnt/tree}" -name '*.py[co]' 2>/dev/null | wc -l; }

is_pypy() { [[ $interpreter == *pypy* ]]; }

# PyPy 2.7 is known in part (see the README's limits), and its -v does not tell a pyc from a source.
is_pypy2() { is_pypy && [[ $version == 2.* ]]; }

# --- trace -------------------------------------------------------------------------------

accept_trace() {
	new_tree
	imports
	cp "$TMP/out" "$TMP/out.without"
	without_addresses >"$TMP/err.without"
	is_pypy2 || is "$(said)" "0 $MODULES $MODULES" "${name}_cold_without_us_compiles_all"
	new_tree
	imports "${traced[@]}"
	same "${name}_traced_prints_the_same" "$TMP/out" "$TMP/out.without"
	same "${name}_traced_says_the_same" <(without_addresses) "$TMP/err.without"
	agrees cold "0 $MODULES $MODULES"
	is "$(caches)" $MODULES "${name}_cold_leaves_pycs"

	rm "$ROOT/mnt/rec"
	imports "${traced[@]}"
	agrees warm "$MODULES 0 0"

	rm "$ROOT/mnt/rec"
	touch -d '2021-01-01 01:01:01' "$ROOT/mnt/tree/pkg/a.py"
	imports "${traced[@]}"
	agrees stale "$((MODULES - 1)) 1 1"
	is_pypy2 || is "$(told stale)" 1 "${name}_stale_is_told"

	new_tree
	flags+=(-B)
	imports "${traced[@]}"
	agrees dash_b "0 $MODULES 0"
	is "$(told not_attempted)" $MODULES "${name}_dash_b_is_told"
	set_flags
}

# --- redirect and deny ---------------------------------------------------------------------

accept_redirect() {
	local shadow=(PYCSHIM_MODE=redirect PYCSHIM_ROOT=/mnt/shadow)
	new_tree
	rm -rf "$ROOT/mnt/shadow"
	protect_tree
	imports "${traced[@]}"
	is "$(told write_failed)" $MODULES "${name}_read_only_writes_fail" "$(grep pycshim "$TMP/err")"
	rm "$ROOT/mnt/rec"
	imports "${traced[@]}" "${shadow[@]}"
	agrees redirect_cold "0 $MODULES $MODULES"
	is "$(caches) $(caches /mnt/shadow/mnt/tree)" "0 $MODULES" "${name}_redirect_keeps_pycs_in_the_shadow"
	rm "$ROOT/mnt/rec"
	imports "${traced[@]}" "${shadow[@]}"
	agrees redirect_warm "$MODULES 0 0"
	is "$(stat_json "$ROOT/mnt/rec" summary .totals.compiled)" 0 "${name}_redirect_warm_compiles_nothing_of_the_system"
	umount "$ROOT/mnt/tree"

	# only the tree can be written, so only that is baked
	rm -rf "$ROOT/mnt/shadow/usr"
	is "$(inside pycshim --root /mnt/shadow --bake / 2>&1 | cut -d , -f 1)" "$MODULES files" "${name}_bake_copies_what_was_kept"
	imports
	is_pypy2 || is "$(said)" "$MODULES 0 0" "${name}_baked_is_used_without_us"
}

accept_deny() {
	new_tree
	imports "${traced[@]}" PYCSHIM_MODE=deny
	agrees deny "0 $MODULES 0"
	is "$(find "$ROOT/mnt/tree" -name '*pyc*')" '' "${name}_deny_leaves_nothing"
	is "$(told write_failed)" $MODULES "${name}_deny_is_told"
}

# --- the store, compileall -------------------------------------------------------------------

accept_store() {
	local store=("${traced[@]}" PYCSHIM_STORE=/mnt/store) learnt=0
	[[ $version != 2.* ]] || return # whose bytecode is not stored
	rm -rf "$ROOT/mnt/store"
	new_tree
	imports "${store[@]}"
	agrees store_cold "0 $MODULES $MODULES"
	# PyPy's magic number is learnt from the first pyc that it writes
	if is_pypy; then learnt=1; fi
	new_tree /mnt/tree '2022-02-02 02:02:02'
	imports "${store[@]}"
	agrees store_warm "$((MODULES - learnt)) $learnt $learnt"
	is "$(told reused)" $((MODULES - learnt)) "${name}_store_is_reused"
	is "$(caches)" $MODULES "${name}_store_fills_the_tree"
	is "$(inside pycstat store verify --python "$interpreter" /mnt/store >"$TMP/log" 2>&1; echo $?)" 0 \
		"${name}_store_is_whole" "$(cat "$TMP/log")"
}

accept_compileall() {
	new_tree
	check "${name}_compileall_works" inside "${traced[@]}" "$interpreter" -m compileall -q /mnt/tree
	is "$(told compiled written)" "$MODULES $MODULES" "${name}_compileall_is_told"
	rm "$ROOT/mnt/rec"
	imports "${traced[@]}"
	agrees compiled "$MODULES 0 0"
	new_tree
	inside "${traced[@]}" PYCSHIM_MODE=deny "$interpreter" -m compileall -q /mnt/tree >"$TMP/log" 2>&1
	is "$(find "$ROOT/mnt/tree" -name '*pyc*')" '' "${name}_compileall_denied_leaves_nothing"
}

# -----------------------------------------------------------------------------------------

# set_flags: options that make the interpreter ignore site and the environment
set_flags() { if [[ $version == 2.* ]]; then flags=(-E -s -S); else flags=(-I -S); fi; }

# accept_interpreter PATH
accept_interpreter() {
	local interpreter=$1 version name flags=()
	version=$(inside "$interpreter" -S -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])') || {
		not_ok "${SYSTEM}_${1##*/}_runs" && return
	}
	name=${SYSTEM}_${interpreter##*/}_$version
	name=${name//[!a-zA-Z0-9]/_}
	set_flags
	like "$(inside pycshim --check "$interpreter" 2>&1)" 'the library is active' "${name}_is_active"
	is "$(inside LD_PRELOAD="$LIBRARY" PYCSHIM_RECORD=off "$interpreter" "${flags[@]}" -c 'print(1)' 2>&1)" \
		"$(inside "$interpreter" "${flags[@]}" -c 'print(1)' 2>&1)" "${name}_loads_in_silence"
	accept_trace
	accept_redirect
	accept_deny
	accept_store
	accept_compileall
	[[ $SYSTEM != *-nogil ]] || accept_threads
}
