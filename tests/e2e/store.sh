#!/bin/bash
# SPDX-License-Identifier: MIT
# The store, with every interpreter: what was compiled once is taken from it, at another path
# and with other times, and kept exactly where the interpreter would have kept its own pyc.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/store.bash"

# kept DIRECTORY: names and modes of all files below it that are no sources
kept() { (cd "$1" 2>/dev/null && find . ! -name '*.py' -printf '%P %m\n' | sort); }

# what a run without the library leaves in the tree, by options of the interpreter
alone() {
	rm -rf "$TMP/alone"
	make_tree "$TMP/alone"
	clean_env "$@" -c "$(program "$TMP/alone")" >/dev/null
}

# warm NAME REUSED [NAME=VALUE...] -- PYTHON OPTION...: in a tree whose sources are in the
# store, with other times: REUSED look-ups are answered by it, and the same files come into
# being as without the library
warm() {
	local name=$1 reused=$2 set=() out
	shift 2
	while [ "$1" != -- ]; do set+=("$1") && shift; done
	shift
	rm -rf "$TMP/second" "$TMP/recording" "$SHADOW"
	make_tree "$TMP/second"
	touch -d '2001-02-03 04:05:06' "$TMP"/second/*.py "$TMP"/second/pkg/*.py
	alone "${set[@]}" "$@"
	out=$(stored "${set[@]}" "$@" -c "$(program "$TMP/second")" 2>&1)
	is "$out" "$(told "$TMP/second" "$docs")" "${name}_tells_its_own_path"
	is "$(counted reused compiled)" "[$reused, 0]" "${name}_is_answered_by_the_store"
	kept "$TMP/second" >"$TMP/kept"
	kept "$TMP/alone" >"$TMP/want"
	if [ "$where" = shadow ]; then
		kept "$SHADOW$TMP/second" | sed 's/^__pycache__ .*/__pycache__ 755/; s/__pycache__ 700/__pycache__ 755/' >"$TMP/kept.shadow"
		is "$(grep -c pyc "$TMP/kept")" 0 "${name}_leaves_nothing_in_place"
		same "${name}_is_kept_in_the_shadow" <(grep 'pyc ' "$TMP/kept.shadow") <(grep 'pyc ' "$TMP/want")
	else
		same "${name}_keeps_what_the_interpreter_would" "$TMP/kept" "$TMP/want"
	fi
	# what was kept is a pyc like any other
	rm -f "$TMP/recording"
	out=$(stored "${set[@]}" "$@" -c "$(program "$TMP/second")" 2>&1)
	is "$out" "$(told "$TMP/second" "$docs")" "${name}_tells_its_own_path_again"
	if [ "$where" = nowhere ]; then
		is "$(counted reused compiled)" "[$reused, 0]" "${name}_is_answered_again"
	else
		is "$(counted hits reused compiled)" "[$reused, 0, 0]" "${name}_is_a_hit_afterwards"
	fi
}

for python in $(pythons3); do
	py_info "$python"
	rm -rf "$STORE" "$TMP/first"
	flags=(-S -s -E)
	for option in '' -O -OO; do
		rm -rf "$TMP/first" "$TMP/recording"
		make_tree "$TMP/first"
		stored "$python" "${flags[@]}" $option -c "$(program "$TMP/first")" >/dev/null 2>&1
		is "$(counted reused compiled)" "[0, 4]" "${py_name}${option}_first_compiles"
	done
	is "$(grep -rlF "$TMP/first/" "$STORE" | grep -c "\.$py_tag")" 12 "${py_name}_fills_the_store"
	docs=doc where=place
	warm "${py_name}_trace" 4 -- "$python" "${flags[@]}"
	warm "${py_name}_trace_O" 4 -- "$python" "${flags[@]}" -O
	docs=None warm "${py_name}_trace_OO" 4 -- "$python" "${flags[@]}" -OO
	where=shadow warm "${py_name}_redirect" 4 PYCSHIM_MODE=redirect PYCSHIM_ROOT="$SHADOW" -- "$python" "${flags[@]}"
	where=nowhere
	warm "${py_name}_B" 4 -- "$python" "${flags[@]}" -B
	warm "${py_name}_B_redirect" 4 PYCSHIM_MODE=redirect PYCSHIM_ROOT="$SHADOW" -- "$python" "${flags[@]}" -B
	warm "${py_name}_dont_write" 4 PYTHONDONTWRITEBYTECODE=1 -- "$python" -S -s
	# a program in a file, which first reads sources to show them
	rm -rf "$TMP/second" "$TMP/recording" && make_tree "$TMP/second"
	{
		echo "for name in ('m', 'pkg/a', 'pkg/b'): open('$TMP/second/' + name + '.py').close()"
		program "$TMP/second"
	} >"$TMP/program.py"
	is "$(stored "$python" "${flags[@]}" "$TMP/program.py" 2>&1) $(counted reused compiled)" "$(told "$TMP/second" doc) [4, 0]" \
		"${py_name}_program_that_reads_sources_is_answered"
	# deny alone keeps less than the interpreter would
	rm -rf "$TMP/second" "$TMP/recording" && make_tree "$TMP/second"
	is "$(stored PYCSHIM_MODE=deny "$python" "${flags[@]}" -c "$(program "$TMP/second")" 2>&1)" "$(told "$TMP/second" doc)" \
		"${py_name}_deny_tells_its_own_path"
	is "$(counted reused compiled) $(kept "$TMP/second" | grep -c pyc)" "[4, 0] 0" "${py_name}_deny_keeps_nothing"
	# a directory where nothing can be written
	if [ -n "$CAN_MOUNT" ]; then
		rm -rf "$TMP/second" "$TMP/recording" && make_tree "$TMP/second"
		out=$(readonly_mount "$TMP/second" env -i PATH="$SYSTEM_PATH" LD_PRELOAD="$LIB" PYCSHIM_STORE="$STORE" \
			PYCSHIM_RECORD="$TMP/recording" PYCSHIM_ONLY="$TMP:*/pypy*" "$python" "${flags[@]}" -c "$(program "$TMP/second")" 2>&1)
		is "$out $(counted reused compiled)" "$(told "$TMP/second" doc) [4, 0]" "${py_name}_read_only_is_answered_by_the_store"
	fi
	# PYTHONPYCACHEPREFIX, from 3.8 on
	if [ "$py_kind" = cpython ] && [ "$py_minor" -ge 8 ]; then
		rm -rf "$TMP/second" "$TMP/recording" "$TMP/prefix" && make_tree "$TMP/second"
		out=$(stored PYTHONPYCACHEPREFIX="$TMP/prefix" "$python" -S -s -c "$(program "$TMP/second")" 2>&1)
		is "$out $(counted reused compiled)" "$(told "$TMP/second" doc) [4, 0]" "${py_name}_prefix_is_answered_by_the_store"
		is "$(find "$TMP/prefix$TMP/second" -name "*.$py_tag.pyc" | wc -l) $(kept "$TMP/second" | grep -c pyc)" "4 0" \
			"${py_name}_prefix_keeps_below_the_prefix"
	fi
	# other content, of the same size and in the same second
	rm -rf "$TMP/second" && make_tree "$TMP/second"
	for mode in trace redirect; do
		stored PYCSHIM_MODE=$mode PYCSHIM_ROOT="$SHADOW" "$python" "${flags[@]}" -c "$(program "$TMP/second")" >/dev/null 2>&1
		find "$TMP/second" -name __pycache__ -prune -exec rm -rf {} +
		sed -i 's/number = 1/number = 2/' "$TMP/second/m.py" && touch -r "$TMP/second/pkg/a.py" "$TMP/second/m.py"
		is "$(stored PYCSHIM_MODE=$mode PYCSHIM_ROOT="$SHADOW" "$python" "${flags[@]}" -c 'import sys; sys.path.insert(0, "'"$TMP"'/second"); import m; print(m.number)')" \
			2 "${py_name}_${mode}_other_content_is_not_answered_by_the_old"
		sed -i 's/number = 2/number = 1/' "$TMP/second/m.py"
	done
	# compileall fills the store, in every layout that has the compiler's own tag
	rm -rf "$STORE" "$TMP/second" && make_tree "$TMP/second"
	stored "$python" "${flags[@]}" -m compileall -q "$TMP/second" >/dev/null 2>&1
	is "$(find "$STORE" -type f -name "*.$py_tag.$py_magic" | wc -l)" 4 "${py_name}_compileall_fills_the_store"
	warm "${py_name}_after_compileall" 4 -- "$python" "${flags[@]}" 2>/dev/null | head -n 2
	# hash-based pycs: their code is stored, and answers as time-based
	if [ "$py_minor" -ge 7 ]; then
		for invalidation in checked-hash unchecked-hash; do
			rm -rf "$STORE" "$TMP/second" "$TMP/recording" && make_tree "$TMP/second"
			stored "$python" "${flags[@]}" -m compileall -q --invalidation-mode $invalidation "$TMP/second" >/dev/null 2>&1
			where=place docs=doc warm "${py_name}_$invalidation" 4 -- "$python" "${flags[@]}"
		done
	fi
done
