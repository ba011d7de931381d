# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# Functions that the test scripts share.  A script begins with
#
#	. "$(dirname "$0")/../lib.sh"
#
# and prints TAP: `ok NAME` or `not ok NAME`, then `# diagnostics`.  Names read
# subject_condition_result.  tests/run reads the TAP; a script run by hand exits 1 when a
# test failed.  Scripts run in parallel: a script creates files only below $TMP, which is
# removed when the script ends, and it ends its background processes by their pids.
#
# Set by the caller:	B=DIR (build directory)  PYTHONS="/a/python ..."  MUST_RUN=1

set -u

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
B=${B:-build}
case $B in /*) ;; *) B=$TOP/$B ;; esac
SCRIPT=$(basename "${BASH_SOURCE[${#BASH_SOURCE[@]} - 1]}" .sh)

TMP=$(mktemp -d "${TMPDIR:-/tmp}/pycshim-test.XXXXXX") || exit 1
TMP=$(cd "$TMP" && pwd -P)
chmod 755 "$TMP"
mkdir "$TMP/bin" "$TMP/home" "$TMP/.lib"
chmod 777 "$TMP/home"

# Tests use copies: other users can reach them, and a rebuild does not disturb a running
# test.
for file in libpycshim.so pycshim pycstat; do
	[ ! -e "$B/$file" ] || cp "$B/$file" "$TMP/bin/"
done
LIB=$TMP/bin/libpycshim.so
PYCSHIM=$TMP/bin/pycshim
PYCSTAT=$TMP/bin/pycstat
SYSTEM_PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export TOP B TMP LIB PYCSHIM PYCSTAT
# No setting of the caller's may reach a program under test.
unset PYTHONDONTWRITEBYTECODE PYTHONUNBUFFERED PYTHONPATH PYTHONHOME PYTHONPYCACHEPREFIX \
	LD_PRELOAD "${!PYCSHIM_@}"

# --- results -----------------------------------------------------------------------

note() { printf '%s\n' "$*" | sed 's/^/# /'; }

ok() { printf 'ok %s\n' "$1"; }

# not_ok NAME [DIAGNOSTIC...]
not_ok() {
	: >"$TMP/.lib/failed"
	printf 'not ok %s\n' "$1"
	shift
	[ $# -eq 0 ] || note "$@"
}

# is GOT WANT NAME [DIAGNOSTIC...]: the two strings are equal.
is() {
	local got=$1 want=$2 name=$3
	shift 3
	if [ "$got" = "$want" ]; then
		ok "$name"
	else
		not_ok "$name" "got:  $got"$'\n'"want: $want"${1+$'\n'"$*"}
	fi
}

# like GOT REGEX NAME: GOT matches the extended regular expression.
like() {
	if [[ $1 =~ $2 ]]; then
		ok "$3"
	else
		not_ok "$3" "got:  $1"$'\n'"want: =~ $2"
	fi
}

# check NAME COMMAND...: the command succeeds; its output is shown if not.
check() {
	local name=$1 status
	shift
	"$@" >"$TMP/.lib/check" 2>&1
	status=$?
	if [ $status -eq 0 ]; then
		ok "$name"
	else
		not_ok "$name" "exit status $status: $*"$'\n'"$(tail -n 15 "$TMP/.lib/check" | cut -c 1-300)"
	fi
	return $status
}

# same NAME FILE WANTED_FILE: the two files have equal bytes.
same() { check "$1" diff -u --label got --label want "$2" "$3"; }

# skip REASON [NAME]: reports the reason; a failure when MUST_RUN=1.
skip() {
	if [ "${MUST_RUN:-0}" = 1 ]; then
		not_ok "${2:-$SCRIPT}" "must run, but: $1"
	else
		printf 'ok %s # SKIP %s\n' "${2:-$SCRIPT}" "$1"
	fi
}

skip_all() {
	skip "$@"
	exit 0
}

# need COMMAND...: skip the whole script when a command is missing.
need() {
	local command
	for command; do
		PATH=$SYSTEM_PATH command -v "$command" >/dev/null || skip_all "no $command"
	done
}

# --- processes -----------------------------------------------------------------------

# started PID...: these processes are ended when the script ends.
started() { printf '%s\n' "$@" >>"$TMP/.lib/started"; }

# end PID [SIGNAL]: end a process and wait for it, at most ten seconds, then SIGKILL.
end() {
	local pid=$1 tries
	kill -"${2:-TERM}" "$pid" 2>/dev/null || return 0
	for ((tries = 0; tries < 200; tries++)); do
		alive "$pid" || break
		sleep 0.05
	done
	kill -KILL "$pid" 2>/dev/null
	wait "$pid" 2>/dev/null
	return 0
}

# alive PID: the process exists and is not a zombie.
alive() {
	local state=
	{ IFS= read -r -d '' state <"/proc/$1/stat"; } 2>/dev/null
	state=${state##*) }
	[ -n "$state" ] && [ "${state%% *}" != Z ]
}

# wait_until SECONDS COMMAND...: run the command until it succeeds; fails after SECONDS.
# What takes long is asked for less often: asking takes time from what it waits for.
wait_until() {
	local end=$((SECONDS + $1)) tries=0
	shift
	until "$@" >/dev/null 2>&1; do
		[ "$SECONDS" -lt "$end" ] || return 1
		if ((++tries < 10)); then sleep 0.05; else sleep 0.25; fi
	done
}

lib_end() {
	local status=$? pid
	trap - EXIT
	# An unbound variable in a subshell runs this there, too.
	[ "$BASHPID" = $$ ] || exit $status
	if [ -e "$TMP/.lib/started" ]; then
		while read -r pid; do end "$pid"; done <"$TMP/.lib/started"
	fi
	if [ $status -ne 0 ] && [ ! -e "$TMP/.lib/failed" ]; then
		not_ok "${SCRIPT}_ends_by_itself" "exit status $status"
	fi
	[ ! -e "$TMP/.lib/failed" ] || status=1
	if [ "${KEEP:-0}" = 1 ]; then note "kept: $TMP"; else rm -rf "$TMP"; fi
	exit $status
}
trap lib_end EXIT
trap 'exit 130' INT TERM HUP

# --- interpreters ----------------------------------------------------------------------

lib_python_candidates() {
	local directory root
	{
		printf '%s\n' /usr/bin
		printf '%s\n' "$PATH" | tr ':' '\n'
		root=${PYENV_ROOT:-$(command -v pyenv >/dev/null && pyenv root 2>/dev/null)}
		printf '%s\n' "${root:-${HOME:-/}/.pyenv}"/versions/*/bin
	} | while read -r directory; do
		for file in "$directory"/python "$directory"/python[0-9]* "$directory"/pypy "$directory"/pypy[0-9]*; do
			[ ! -x "$file" ] || printf '%s\n' "$file"
		done
	done | xargs -r -d '\n' readlink -f
}

# lib_python_works FILE: an ELF program (not a shell-script shim) that runs Python code.
lib_python_works() {
	local magic
	LC_ALL=C IFS= read -r -d '' -n 4 magic <"$1"
	[ "$magic" = $'\177ELF' ] &&
		env -i PATH="$SYSTEM_PATH" "$1" -S -c 'import sys' </dev/null >/dev/null 2>&1
}

# pythons: every real interpreter, one per line, Debian's first.
pythons() {
	if [ -n "${PYTHONS:-}" ]; then
		printf '%s\n' "$PYTHONS" | tr -s ' ' '\n'
	else
		lib_find_pythons
	fi
}

lib_find_pythons() {
	local python
	if [ ! -e "$TMP/.lib/pythons" ]; then
		lib_python_candidates | xargs -r -d '\n' stat -c '%d:%i %n' |
			awk '!seen[$1]++ { print $2 }' | while read -r python; do
			if lib_python_works "$python"; then printf '%s\n' "$python"; fi
		done >"$TMP/.lib/pythons"
	fi
	cat "$TMP/.lib/pythons"
}

# py_info PYTHON: sets py_name (cpython-3.11.2), py_major, py_minor, py_kind (cpython,
# pypy), py_tag (cpython-311; empty for 2.7), py_magic (3495), py_flags[@] (options that
# make the interpreter ignore site and the environment).  tests/run asks each interpreter once
# for all tests, and hands on the answers in PYTHONS_INFO, a line each.
declare -A lib_py_info
while read -r lib_python lib_info; do
	[ -z "$lib_python" ] || lib_py_info[$lib_python]=$lib_info
done <<<"${PYTHONS_INFO:-}"
unset lib_python lib_info
py_name='' py_major='' py_minor='' py_kind='' py_tag='' py_magic='' py_flags=()
py_info() {
	if [ -z "${lib_py_info[$1]:-}" ]; then
		lib_py_info[$1]=$(env -i PATH="$SYSTEM_PATH" "$1" -S -c '
import platform, sys
kind = platform.python_implementation().lower()
tag = getattr(getattr(sys, "implementation", None), "cache_tag", None) or "-"
version = "%d.%d.%d" % sys.version_info[:3]
if sys.version_info[0] == 2:
    import imp
    magic = bytearray(imp.get_magic())
else:
    import importlib.util
    magic = importlib.util.MAGIC_NUMBER
magic = magic[0] + 256 * magic[1]
print("%s-%s %d %d %s %s %d" % ((kind, version) + sys.version_info[:2] + (kind, tag, magic)))')
	fi
	# shellcheck disable=SC2034 # for the caller
	read -r py_name py_major py_minor py_kind py_tag py_magic <<<"${lib_py_info[$1]}"
	[ "$py_tag" != - ] || py_tag=
	# shellcheck disable=SC2034 # for the caller
	if [ "$py_major" -ge 3 ]; then py_flags=(-I -S); else py_flags=(-E -s -S); fi
}

# pythons_info: what py_info asks every interpreter, for PYTHONS_INFO.
pythons_info() {
	local python
	for python in $(pythons); do
		py_info "$python"
		printf '%s %s\n' "$python" "${lib_py_info[$python]}"
	done
}

# python3_path: a CPython 3 that runs the tests' helper programs.  The search through the
# machine starts every interpreter, so it is made only when PYTHONS names no such one.
python3_path() {
	if [ ! -e "$TMP/.lib/python3" ]; then
		pythons | lib_first_python3 || lib_find_pythons | lib_first_python3
	fi
	printf '%s\n' "$(<"$TMP/.lib/python3")"
}

# lib_first_python3: note the first of the interpreters on standard input that is a CPython 3.
lib_first_python3() {
	local python
	while read -r python; do
		py_info "$python"
		if [ "$py_major" = 3 ] && [ "$py_kind" = cpython ]; then
			printf '%s\n' "$python" >"$TMP/.lib/python3"
			return 0
		fi
	done
	return 1
}

# helper SCRIPT ARG...: run a helper program of the tests, written in Python.
helper() { clean_env PYTHONDONTWRITEBYTECODE=1 "$(python3_path)" -I -S "$@"; }

# --- running things ----------------------------------------------------------------------

# clean_env [NAME=VALUE...] COMMAND...: in a fixed environment plus these variables.
clean_env() {
	${EXEC-} env -i PATH="$SYSTEM_PATH" HOME="$TMP/home" LANG=C.UTF-8 PYTHONHASHSEED=0 "$@"
}

# begin COMMAND...: run in the background.  Sets begun to the pid of the command itself,
# also behind clean_env or traced, and ends the process when the script ends.
begin() {
	EXEC='exec' "$@" &
	begun=$!
	started $begun
}

# traced RECORDING [NAME=VALUE...] COMMAND...: as clean_env, with the library preloaded.
traced() {
	local recording=$1
	shift
	clean_env LD_PRELOAD="$LIB" PYCSHIM_RECORD="$recording" "$@"
}

# stat_json RECORDING COMMAND EXPRESSION [OPTION...]: a value of `pycstat COMMAND --json`.
# EXPRESSION is a path (.totals.hits, .modules[0].source) or Python over `d`.
stat_json() {
	local recording=$1 command=$2 expression=$3 json=$TMP/.lib/json.$BASHPID
	shift 3
	"$PYCSTAT" "$command" --json "$@" "$recording" >"$json"
	helper -c '
import json, re, sys
d = json.load(open(sys.argv[1]))
expression = sys.argv[2]
if expression.startswith("."):
    expression = "d" + re.sub(r"\.(\w+)", lambda name: "[%r]" % name.group(1), expression)
value = eval(expression)
print(json.dumps(value) if isinstance(value, (dict, list, bool, type(None))) else value)
' "$json" "$expression"
}

# printed_command COMMAND: print it as the text on standard input has it, where lines may end
# in a backslash.  Prints nothing if it is not there.
printed_command() {
	helper -c '
import re, sys
words = [re.escape(word) for word in sys.argv[1].split(" ")]
found = re.search(r"(?: | \\\n +)".join(words), sys.stdin.read())
print(found.group() if found else "")' "$1"
}

# get PORT COUNT: make COUNT HTTP requests over loopback, each with a time limit, and
# print the last answer.
get() {
	helper -c '
import sys, urllib.request
for _ in range(int(sys.argv[2])):
    answer = urllib.request.urlopen("http://127.0.0.1:%s/" % sys.argv[1], timeout=20).read()
print(answer.decode())' "$@" 2>&1
}

# --- privilege ---------------------------------------------------------------------------

is_root() { [ "$(id -u)" = 0 ]; }

# unprivileged COMMAND...: as the user nobody when the test runs as root.
unprivileged() {
	if is_root; then
		setpriv --reuid=65534 --regid=65534 --clear-groups -- "$@"
	else
		"$@"
	fi
}

# powerless COMMAND...: as this user without capabilities, so that file permissions apply
# to root too.
powerless() {
	if is_root; then
		setpriv --bounding-set=-all --inh-caps=-all -- "$@"
	else
		"$@"
	fi
}

# mounts COMMAND...: in a private mount namespace.  (The functions below repeat `cd $PWD`:
# a working directory entered before a mount shows the files under the mount.)
mounts() {
	if is_root; then unshare -m -- "$@"; else unshare -rm -- "$@"; fi
}

can_mount() { mounts mount -t tmpfs tmpfs /mnt 2>/dev/null; }

# readonly_mount DIRECTORY COMMAND...: with the directory's tree mounted read-only.
readonly_mount() {
	# shellcheck disable=SC2016 # for the inner shell
	mounts sh -c 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && cd "$PWD" && exec "$@"' "$@"
}

# small_tmpfs SIZE DIRECTORY COMMAND...: with a tmpfs of SIZE (64k, 1m) on DIRECTORY.
small_tmpfs() {
	# shellcheck disable=SC2016 # for the inner shell
	mounts sh -c 'size=$0 directory=$1; shift
mount -t tmpfs -o "size=$size,mode=777" tmpfs "$directory" && cd "$PWD" && exec "$@"' "$@"
}
