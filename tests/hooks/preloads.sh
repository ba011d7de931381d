#!/bin/bash
# SPDX-License-Identifier: MIT
# The library with other preloaded libraries, other ways of linking, and other libcs.
#
#	OLD_ROOTS="/srv/bullseye ..."	root directories of older systems with a Python, as
#					`debootstrap --include=python3-minimal bullseye DIR` makes

. "$(dirname "$0")/../lib.sh"

CC=${CC:-gcc}
python=$(python3_path)
cd "$TMP" || exit 1

# A C program that changes a cache and prints 0 on success.
cat >program.c <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

int make(void);
int make(void)
{
	struct stat status;
	int fd;

	if (mkdir("__pycache__", 0700) != 0)
		return 1;
	fd = open("__pycache__/m.cpython-311.pyc.1", O_WRONLY | O_CREAT | O_EXCL, 0600);
	if (fd < 0 || write(fd, "0123456789abcdef", 16) != 16 || close(fd) != 0)
		return 2;
	if (rename("__pycache__/m.cpython-311.pyc.1", "__pycache__/m.cpython-311.pyc") != 0)
		return 3;
	if (stat("__pycache__/m.cpython-311.pyc", &status) != 0 || status.st_size != 16)
		return 4;
	if (unlink("__pycache__/m.cpython-311.pyc") != 0 || rmdir("__pycache__") != 0)
		return 5;
	return 0;
}

#ifndef PLUGIN
int main(int count, char **arguments)
{
	void *plugin, *memory = malloc(100000);
	int (*function)(void) = make;

	if (count > 1) {
		plugin = dlopen(arguments[1], RTLD_NOW | atoi(arguments[2]));
		function = plugin ? (int (*)(void))dlsym(plugin, "make") : NULL;
	}
	printf("%d\n", function ? function() : -1);
	free(memory);
	return 0;
}
#endif
END
events='[d["events"], d["lost_events"], d["damaged_bytes"]]'

# program NAME EVENTS LIBRARIES COMMAND...: the command prints 0 and its events are
# recorded
program() {
	local name=$1 want=$2 libraries=$3
	shift 3
	rm -f recording
	is "$(clean_env LD_PRELOAD="$libraries" PYCSHIM_PROCESSES=all PYCSHIM_RECORD="$TMP/recording" \
		"$@" 2>&1)" 0 "${name}_program_does_not_notice"
	if [ -n "$want" ]; then
		is "$(stat_json recording summary "$events")" "[$want, 0, 0]" "${name}_program_is_recorded"
	fi
}

linking() {
	local runtime
	"$CC" -o plain program.c -ldl && "$CC" -DPLUGIN -shared -fPIC -o plugin.so program.c || return
	program plain 6 "$LIB" ./plain
	program plugin 6 "$LIB" ./plain "$TMP/plugin.so" 0
	# RTLD_DEEPBIND: the plugin calls libc directly, and nothing is recorded
	program deepbind '' "$LIB" ./plain "$TMP/plugin.so" 8
	program lazy 6 "$LIB" env LD_BIND_NOW= ./plain
	program bound_now 6 "$LIB" env LD_BIND_NOW=1 ./plain

	runtime=$(gcc -print-file-name=libasan.so)
	if [ -e "$runtime" ] && gcc -fsanitize=address -o asan program.c -ldl; then
		program address_sanitizer 6 "$(readlink -f "$runtime"):$LIB" ./asan
	else
		skip 'no libasan' address_sanitizer_program_does_not_notice
	fi
	if PATH=$SYSTEM_PATH command -v musl-gcc >/dev/null; then
		PATH=$SYSTEM_PATH musl-gcc -o musl program.c
		program musl 6 "$LIB" ./musl
	else
		skip 'no musl-gcc' musl_program_does_not_notice
	fi
}

# package: make a package of 20 modules, which the script below imports.
package() {
	local i
	rm -rf package recording && mkdir package
	for ((i = 0; i < 20; i++)); do echo "import time; value = $i" >"package/m$i.py"; done
	: >package/__init__.py
}
script='
import sys; sys.path.insert(0, ".")
for i in range(20):
    __import__("package.m%d" % i)
import os, tempfile
handle, name = tempfile.mkstemp(dir="."); os.close(handle); os.chmod(name, 0o640)
print(oct(os.stat(name).st_mode), os.listdir("package/__pycache__")[0].count("cpython")); os.unlink(name)'
totals='[d["totals"][name] for name in ("lookups", "hits", "misses", "stale", "written")] + [d["lost_events"]]'

# runs LIBRARIES [COMMAND...]: print the output of a cold and a warm run, and their
# totals.
runs() {
	local libraries=$1
	shift
	package
	for _ in cold warm; do
		clean_env PYCSHIM_RECORD="$TMP/recording" FAKETIME='2020-01-02 03:04:05' \
			"$@" env LD_PRELOAD="$libraries" "$python" -I -S -c "$script" 2>&1
	done
	stat_json recording summary "$totals"
}

other_library() {
	local name=$1 other=$2 want
	if ! [ -e "$other" ]; then
		skip "no $name" "${name}_before_us_changes_nothing"
		return
	fi
	want=$(runs "$LIB")
	is "$(runs "$other:$LIB")" "$want" "${name}_before_us_changes_nothing"
	is "$(runs "$LIB:$other")" "$want" "${name}_after_us_changes_nothing"
}

other_libraries() {
	local directory
	directory=$(dirname "$(gcc -print-file-name=libc.so.6)")
	like "$(runs "$LIB")" '\[[0-9]+, [0-9]+, 21, 0, 21, 0\]' python_alone_is_traced
	other_library jemalloc "$directory/libjemalloc.so.2"
	other_library tcmalloc "$directory/libtcmalloc_minimal.so.4"
	other_library faketime "$directory/faketime/libfaketime.so.1"
	other_library eatmydata "$directory/libeatmydata.so.1"
	other_library fakechroot "$directory/fakechroot/libfakechroot.so"
}

# fakeroot sets LD_PRELOAD itself, as its library needs its daemon.
fakeroot_orders() {
	local want order
	if ! PATH=$SYSTEM_PATH command -v fakeroot >/dev/null; then
		skip 'no fakeroot' fakeroot_before_us_changes_nothing
		return
	fi
	want=$(runs "$LIB")
	for order in before after; do
		package
		{
			for _ in cold warm; do
				clean_env PYCSHIM_RECORD="$TMP/recording" LIB="$LIB" fakeroot bash -c '
[ "$1" = before ] && LD_PRELOAD=$LD_PRELOAD:$LIB || LD_PRELOAD=$LIB:$LD_PRELOAD
export LD_PRELOAD; shift; exec "$@"' - $order "$python" -I -S -c "$script" 2>&1
			done
			stat_json recording summary "$totals"
		} >got
		is "$(cat got)" "$want" "fakeroot_${order}_us_changes_nothing"
	done
}

# old_roots: the library in the Python of an older system (OLD_ROOTS).
old_roots() {
	local root name
	# not a skip: these root directories exist only where somebody has made them
	[ -n "${OLD_ROOTS:-}" ] || return 0
	is_root || {
		skip 'chroot needs root' old_libc_python_is_traced
		return
	}
	for root in $OLD_ROOTS; do
		name=$(basename "$root")
		mkdir "$root/pycshim-test.$$" && cp "$LIB" "$root/pycshim-test.$$/"
		package
		cp -r package "$root/pycshim-test.$$/"
		for _ in cold warm; do
			chroot "$root" /usr/bin/env -i PATH="$SYSTEM_PATH" LD_PRELOAD="/pycshim-test.$$/libpycshim.so" \
				PYCSHIM_RECORD="/pycshim-test.$$/recording" /bin/sh -c 'cd "$0" && shift && exec "$@"' \
				"/pycshim-test.$$" - /usr/bin/python3 -I -S -c "$script"
		done >got 2>&1
		is "$(cat got)" $'0o100640 1\n0o100640 1' "${name}_python_does_not_notice"
		cp "$root/pycshim-test.$$/recording" recording
		rm -rf "$root/pycshim-test.$$"
		like "$(stat_json recording summary "$totals")" '\[[0-9]+, [0-9]+, 21, 0, 21, 0\]' \
			"${name}_python_is_traced"
	done
}

linking
other_libraries
fakeroot_orders
old_roots
