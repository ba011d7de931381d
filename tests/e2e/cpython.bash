# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # py_* are lib.sh's
#
# CPython's own tests, run without the library, under trace and under redirect: each test
# has the same outcome.  Sourced by scripts that then call
#
#	cpython_modules MODULE...
#
# A script may set other WAYS before: `stored` is redirect with a store, which all tests share.
#
# Every CPython with the package `test` runs them in its installation, in a mount
# namespace with an overlayfs over its standard library, without the pycs of the tests, so
# that there is something to write.  The user is not root and owns the installation.  A
# module whose tests differ is run again in all ways, up to ATTEMPTS times; a test counts
# as different if it differs in every attempt.

ATTEMPTS=${ATTEMPTS:-4}
MODULE_TIMEOUT=${MODULE_TIMEOUT:-400}
[ -n "${WAYS+set}" ] || WAYS=(redirect without trace)
turn=0

# installed WAY COMMAND...: run with a new overlayfs over the standard library in $stdlib.
installed() {
	local layer=$LAYERS/$1
	shift
	rm -rf "$layer"
	mkdir -p "$layer/upper" "$layer/work"
	mount -t overlay overlay -o "lowerdir=$stdlib,upperdir=$layer/upper,workdir=$layer/work" \
		"$stdlib" || return 1
	find "$stdlib/test" -name '*.py[co]' -delete
	"$@"
	umount "$stdlib"
}

# run_module WAY MODULE: write the outcomes to $RESULTS/MODULE.ATTEMPT.WAY.
run_module() {
	local way=$1 module=$2 setting=()
	local work=$TMP/$((++turn)) # a short path, because sockets are created below it
	case $way in
	trace) setting=(LD_PRELOAD="$LIB" PYCSHIM_RECORD="$TMP/recording.$way") ;;
	redirect) setting=(LD_PRELOAD="$LIB" PYCSHIM_RECORD="$TMP/recording.$way"
		PYCSHIM_MODE=redirect PYCSHIM_ROOT="$TMP/shadow.$way") ;;
	stored) setting=(LD_PRELOAD="$LIB" PYCSHIM_RECORD="$TMP/recording.$way" PYCSHIM_STORE="$TMP/store"
		PYCSHIM_MODE=redirect PYCSHIM_ROOT="$TMP/shadow.$way") ;;
	esac
	mkdir -p "$work/cwd" "$work/tmp" "$work/home"
	(cd "$work/cwd" && timeout -k 10 "$MODULE_TIMEOUT" \
		unshare -U --map-user=1 --map-group=1 -- env -i PATH="$SYSTEM_PATH" LANG=C.UTF-8 \
		HOME="$work/home" TMPDIR="$work/tmp" "${setting[@]}" \
		"$python" "$TOP/tests/e2e/cpython_tests.py" "$RESULTS/$module.$attempt.$way" "$module") \
		>"$RESULTS/$module.$attempt.$way.log" 2>&1 </dev/null
	printf '%s.exit_status %d\n' "$module" $? >>"$RESULTS/$module.$attempt.$way"
	rm -rf "$work"
}

# bytecode WAY: list the bytecode files in the upper directory of that way.
bytecode() { find "$LAYERS/$1" \( -name '*.py[co]*' -o -name __pycache__ \) -printf '%y %s %T@ %p\n' | sort; }

run_modules() {
	local way=$1 module
	shift
	bytecode "$way" >"$TMP/before.$way"
	for module; do run_module "$way" "$module"; done
	bytecode "$way" >"$TMP/after.$way"
	[ "$way" = trace ] || [ "$way" = without ] ||
		diff "$TMP/before.$way" "$TMP/after.$way" >>"$TMP/changed"
}

compare() { helper "$TOP/tests/e2e/cpython_compare.py" "$RESULTS" "$@"; }

# run_until_equal MODULE...: run the modules, and repeat those that differ.
run_until_equal() {
	local attempt way module different=("$@")
	for ((attempt = 1; attempt <= ATTEMPTS; attempt++)); do
		for way in "${WAYS[@]}"; do installed "$way" run_modules "$way" "${different[@]}" || return 1; done
		different=()
		for module; do
			for way in "${with[@]}"; do
				compare "$way" "$module" >"$TMP/different" || { different+=("$module") && break; }
			done
		done
		[ ${#different[@]} -gt 0 ] || break
	done
}

cpython_runs() {
	local module way present=() with=() found
	for way in "${WAYS[@]}"; do [ "$way" = without ] || with+=("$way"); done
	stdlib=$(clean_env "$python" -S -c 'import os; print(os.path.dirname(os.__file__))')
	RESULTS=$TMP/results/$py_name
	rm -rf "$TMP"/shadow.* "$TMP/store" "$TMP"/recording.*
	: >"$TMP/changed"
	mkdir -p "$RESULTS"
	mkdir -m 700 "$TMP"/shadow.{redirect,stored} "$TMP/store"
	for module; do
		[ -e "$stdlib/test/$module.py" ] || [ -e "$stdlib/test/$module" ] || continue
		present+=("$module")
	done
	run_until_equal "${present[@]}" || { not_ok "${py_name}_runs_its_tests" && return; }
	for module in "${present[@]}"; do
		for way in "${with[@]}"; do
			check "${py_name}_${module}_under_${way}_is_as_without" compare "$way" "$module"
		done
		found=$(compare without "$module")
		[ -z "$found" ] || note "$found"
	done
	check "${py_name}_tests_ran" grep -q " ok$" "$RESULTS"/*.1.without
	is "$(stat_json "$TMP/recording.${with[-1]}" summary 'd["totals"]["written"] > 0')" true "${py_name}_was_traced"
	for way in "${with[@]}"; do
		is "$(stat_json "$TMP/recording.$way" summary .damaged_bytes)" 0 "${py_name}_recording_of_${way}_is_whole"
	done
	is "$(head -n 5 "$TMP/changed")" "" "${py_name}_under_redirect_leaves_the_installation"
	like "$(find "$TMP"/shadow.* -name '*.py[co]' | head -n 1)" . "${py_name}_was_redirected"
	note "$py_name: $(cat "$RESULTS"/*.1.without | wc -l) outcomes"
}

has_tests() {
	[ "$py_kind" = cpython ] && clean_env "$python" -B -c 'import test.test_os' 2>/dev/null
}

# cpython_modules MODULE...: everything that a script does.
cpython_modules() {
	local seen=0 status
	can_mount || skip_all "no mounts here"
	unshare -U --map-user=1 --map-group=1 true 2>/dev/null || skip_all "no user namespaces here"
	if [ "${INSIDE:-}" != yes ]; then
		INSIDE=yes mounts bash "$0"
		status=$?
		[ $status -ne 1 ] || : >"$TMP/.lib/failed" # the subshell printed the failure
		exit $status
	fi
	LAYERS=$TMP/layers
	mkdir "$LAYERS" && mount -t tmpfs tmpfs "$LAYERS" || exit 1
	echo something >"$LAYERS/used" # some tests need a disk that is not empty
	for python in $(pythons); do
		py_info "$python"
		if has_tests; then
			cpython_runs "$@"
			seen=1
		fi
	done
	umount -l "$LAYERS"
	[ $seen = 1 ] || skip_all "no CPython has its tests"
}
