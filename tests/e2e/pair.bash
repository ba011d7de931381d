# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # py_* are lib.sh's
#
# Run a command twice in equal new directories, once with the library and once under
# strace without it, and compare output, exit status, and every total with the count of
# strace_oracle.py.  Sourced by the scripts here, after lib.sh.
#
# A scenario sets some of these, and `pair NAME COMMAND...` runs it:
#
#	prepare		function that prepares the new directory, run in it
#	setting		NAME=VALUE... for the command
#	around		a command that runs its arguments: powerless, readonly_mount DIR, ...
#	oracle		further options for strace_oracle.py
#	python		the interpreter (see each_python)

need strace
WORK=$TMP/work # the new directory; the programs' tree is $TREE
TREE=$WORK/tree
HERE=$TOP/tests/e2e

STRACE=(strace -ff -qq -y -v -s 16 --seccomp-bpf
	-e "trace=%file,%process,read,write,close,fstat,chdir")

# gone DIRECTORY: remove it, also where a directory in it may not be written.
gone() {
	rm -rf "$1" 2>/dev/null && return
	find "$1" -type d -exec chmod 755 {} +
	rm -rf "$1"
}

# fresh: recreate $TREE with the packages of make_packages, with the same times.
fresh() {
	gone "$WORK"
	mkdir -p "$WORK" || exit 1
	tar -xf "$TMP/packages.tar" -C "$WORK"
}

# Small packages to import, whose sources are older than any pyc.
make_packages() {
	local name
	mkdir -p "$TREE/pkg/sub" "$TREE/bad" "$TREE/tests"
	cd "$TREE" || exit 1
	echo 'name = "pkg"' >pkg/__init__.py
	printf 'import pkg.b\nvalue = 1\nclass A(object):\n    """Text."""\n' >pkg/a.py
	printf 'from pkg import name\nassert name, "text"\n' >pkg/b.py
	: >pkg/sub/__init__.py
	printf 'import pkg.a, json\ntext = json.dumps([pkg.a.value])\n' >pkg/sub/c.py
	printf 'import pkg.sub.c\nprint(__name__)\n' >pkg/tool.py
	cp pkg/tool.py pkg/__main__.py
	printf 'source = open(__file__.rstrip("co")).read()\nimport linecache\n%s\n' \
		'linecache.getlines(__file__.rstrip("co"))' >reads_itself.py
	printf '# coding: cp1252\ntext = "\223\224"\n' >windows.py
	printf '# coding: nested\nimport pkg.b\n' >bad/uses_nested.py
	printf 'import codecs\nvalue = codecs.lookup("ascii")\n' >nested_codec.py
	printf 'def broken(:\n' >bad/broken.py
	for name in 1 2 3 4 5 6 7 8; do
		printf 'import pkg.a\nvalue = %d\n' $name >"wide$name.py"
	done
	printf 'import pkg.a\ndef test_value():\n    assert pkg.a.value == 1\n' >tests/test_one.py
	printf 'def test_sum():\n    assert 1 + 1 == 2\n' >tests/test_two.py
	find . -name '*.py' -exec touch -d '2020-02-02 02:02:02' {} +
	cd "$TOP" || exit 1
	tar -cf "$TMP/packages.tar" -C "$WORK" tree
}
make_packages

new_scenario() {
	prepare() { :; }
	# shellcheck disable=SC2034 # for pair
	setting=() around=() oracle=()
}
new_scenario

# each_python FUNCTION: call it for every interpreter, with python and py_* set.
each_python() {
	for python in $(pythons); do
		py_info "$python"
		new_scenario
		flags=("${py_flags[@]}")
		"$1"
	done
}

# once COMMAND...: run in the tree without library and strace, only for its effects.
once() { (cd "$TREE" && clean_env "${setting[@]}" "$@") >/dev/null 2>&1 </dev/null; }

# traced_once COMMAND...: run with the library; writes out, err, status and rec in $TMP.
traced_once() {
	local status
	rm -f "$TMP/rec"
	{ (cd "$TREE" && "${around[@]}" env -i PATH="$SYSTEM_PATH" HOME="$TMP/home" LANG=C.UTF-8 \
		PYTHONHASHSEED=0 LD_PRELOAD="$LIB" PYCSHIM_RECORD="$TMP/rec" "${setting[@]}" "$@") \
		>"$TMP/out" 2>"$TMP/err" </dev/null; } 2>/dev/null # bash reports killed programs
	status=$?
	echo $status >"$TMP/status"
}

# straced_once COMMAND...: run under strace; writes out2, err2, status2 and trace.TID.
straced_once() {
	rm -rf "$TMP/strace"
	mkdir -m 777 "$TMP/strace"
	{ (cd "$TREE" && "${around[@]}" env -i PATH="$SYSTEM_PATH" HOME="$TMP/home" LANG=C.UTF-8 \
		PYTHONHASHSEED=0 "${STRACE[@]}" -o "$TMP/strace/trace" \
		env "${setting[@]}" "$@") >"$TMP/out2" 2>"$TMP/err2" </dev/null; } 2>/dev/null
	echo $? >"$TMP/status2"
}

# agrees NAME: the recording has the same totals as strace's output.
agrees() {
	local status
	"$PYCSTAT" summary --json "$TMP/rec" >"$TMP/summary" 2>"$TMP/summary.err"
	helper "$HERE/strace_oracle.py" --magic "$py_magic" --compare "$TMP/summary" \
		"${oracle[@]}" "$TMP/strace/trace" >"$TMP/compared" 2>&1
	status=$?
	if [ $status -eq 0 ]; then
		ok "$1"
	else
		not_ok "$1" "$(tail -n 20 "$TMP/compared" "$TMP/summary.err" | grep -v '^$')"
		[ -z "${V:-}" ] || note "$(helper "$HERE/strace_oracle.py" --verbose \
			--magic "$py_magic" "${oracle[@]}" "$TMP/strace/trace" 2>&1)"
	fi
}

# pair NAME COMMAND...: prepare() runs once, and the second run finds a copy of what it made;
# but a user who is not root may be unable to copy it.
pair() {
	local name=${py_name:-}_$1 prepared=$TMP/prepared
	shift
	fresh
	(cd "$TREE" && prepare) || { not_ok "$name" "prepare failed" && return; }
	cp -a "$WORK" "$prepared" 2>/dev/null || gone "$prepared"
	traced_once "$@"
	if [ -e "$prepared" ]; then
		gone "$WORK"
		mv "$prepared" "$WORK"
	else
		fresh
		(cd "$TREE" && prepare)
	fi
	straced_once "$@"
	agrees "$name"
	if ! { cmp "$TMP/out" "$TMP/out2" && cmp "$TMP/err" "$TMP/err2" &&
		cmp "$TMP/status" "$TMP/status2"; } >"$TMP/cmp" 2>&1; then
		not_ok "${name}_behaves_as_without" "$(cat "$TMP/cmp")" \
			"$(tail -n 5 "$TMP/out" "$TMP/err" "$TMP/status" "$TMP/out2" "$TMP/err2" "$TMP/status2")"
	fi
}

# same_run NAME COMMAND...: one run with both, where results depend on the order of
# processes.
same_run() {
	local name=${py_name:-}_$1
	shift
	fresh
	(cd "$TREE" && prepare) || { not_ok "$name" "prepare failed" && return; }
	rm -f "$TMP/rec"
	setting+=(LD_PRELOAD="$LIB" PYCSHIM_RECORD="$TMP/rec")
	straced_once "$@"
	agrees "$name"
	is "$(cat "$TMP/status2")" "${expected_status:-0}" "${name}_ends_well" "$(tail -n 5 "$TMP/err2")"
}

# --- parts of most scenarios ------------------------------------------------------------

path='import sys; sys.path.insert(0, "."); '
imports="${path}import pkg.a, pkg.sub.c, reads_itself; print(pkg.sub.c.text)"

# Scenarios below begin with a warm cache: run the program once.
warm() { once "$python" "${flags[@]}" -c "$imports"; }

# pycs: list the pycs of the tree, one per line.
pycs() { find . -name '*.py[co]'; }

# overwrite OFFSET BYTES: overwrite bytes in every pyc of the tree.
overwrite() {
	pycs | while read -r pyc; do
		printf '%b' "$2" | dd of="$pyc" bs=1 seek="$1" conv=notrunc status=none
	done
}

# sources COMMAND...: run it on every source of the tree.
sources() { find . -name '*.py' -exec "$@" {} +; }

# compile_as MODE: compile the tree to hash-based pycs of that mode.
compile_as() {
	once "$python" -m compileall -q -x bad --invalidation-mode "$1" .
}

has_hash_pycs() { [ "$py_major" = 3 ] && [ "$py_minor" -ge 7 ]; }
has_prefix() { [ "$py_major" = 3 ] && [ "$py_minor" -ge 8 ]; }

# warm_up COMMAND...: write the pycs of the standard library, so that both runs find them.
warm_up() {
	fresh
	once "$@"
}

# run_all NAME: run the usual import as a pair.
run_all() { pair "$1" "$python" "${flags[@]}" -c "$imports"; }
