# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# Functions that the tests of the store share.

# shellcheck disable=SC2034 # for the scripts
STORE=$TMP/store SHADOW=$TMP/shadow
can_mount && CAN_MOUNT=1 || CAN_MOUNT=

# make_tree DIRECTORY: four modules, whose names, paths and tracebacks can be told
make_tree() {
	mkdir -p "$1/pkg"
	cat >"$1/m.py" <<'PY'
"""doc"""
number = 1


def fail():
    def inner():
        assert number
        raise ValueError(number)
    inner()
PY
	echo 'from . import a' >"$1/pkg/__init__.py"
	printf 'def f():\n    return [x * x for x in range(3)]\n' >"$1/pkg/a.py"
	printf 'class B(object):\n    """doc"""\n    def m(self):\n        return __file__\n' >"$1/pkg/b.py"
}

# program DIRECTORY: a program that imports them, and tells what they know of themselves
program() {
	cat <<PY
import colorsys, sys, traceback
sys.path.insert(0, "$1")
import m, pkg.a, pkg.b
try:
    m.fail()
except ValueError:
    files = [frame[0] for frame in traceback.extract_tb(sys.exc_info()[2])[1:]]
print(m.__doc__, m.number, pkg.a.f(), pkg.b.B().m(), m.fail.__code__.co_filename, pkg.b.B.m.__code__.co_filename, files)
PY
}

# told DIRECTORY DOC: what it prints
told() {
	echo "$2 1 [0, 1, 4] $1/pkg/b.py $1/m.py $1/pkg/b.py ['$1/m.py', '$1/m.py']"
}

# stored [NAME=VALUE...] COMMAND...: with the store, recorded.  (PyPy's magic number is learnt
# from a pyc of its library, which the program imports first.)
stored() {
	traced "$TMP/recording" PYCSHIM_STORE="$STORE" PYCSHIM_ONLY="$TMP:*/pypy*" "$@"
}

# counted TOTAL...: totals of the modules that the tests made
counted() {
	local names=$*
	stat_json "$TMP/recording" modules "[sum(m[name] for m in d['modules'] if m['source'].startswith('$TMP/')) for name in '$names'.split()]"
}

# pythons3: every interpreter that the store knows, Python 3.6 and newer
pythons3() {
	local python
	for python in $(pythons); do
		py_info "$python"
		# shellcheck disable=SC2154 # set by py_info
		[ "$py_major$py_minor" -ge 36 ] && [ -n "$py_tag" ] && echo "$python"
	done
}
