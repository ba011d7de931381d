#!/bin/bash
# SPDX-License-Identifier: MIT
# Programs built with a sanitizer run as without the library, under a bare LD_PRELOAD and
# behind the launcher, and the sanitizer still finds their faults.

. "$(dirname "$0")/../lib.sh"
need gcc

cd "$TMP" || exit 1
mkdir work work/__pycache__
printf '0123456789abcdef' >work/__pycache__/m.cpython-311.pyc
cat >program.c <<'END_OF_PROGRAM'
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	char *block = malloc(20), text[20] = "";
	struct stat status;
	DIR *directory = opendir("__pycache__");
	struct dirent *entry;
	int fd = open("__pycache__/m.cpython-311.pyc", O_RDONLY);

	printf("read %d %s\n", (int)read(fd, text, 16), text);
	while ((entry = readdir(directory)))
		if (entry->d_name[0] != '.')
			printf("entry %s\n", entry->d_name);
	closedir(directory);
	close(fd);
	printf("stat %d size %d\n", stat("__pycache__/m.cpython-311.pyc", &status), (int)status.st_size);
	printf("unlink %d\n", unlink("__pycache__/none.cpython-311.pyc"));
	fflush(stdout);
	free(block);
	if (argc > 1 && argv[1][0] == 'f') /* fault */
		block[1] = 1;
	if (argc > 2 && argv[1][0] == 's') /* start another program */
		return system(argv[2]) != 0;
	return 3;
}
END_OF_PROGRAM

# runs NAME WAY COMMAND...: output and status are those without the library
runs() {
	local name=$1 way=$2
	shift 2
	(cd work && clean_env PATH="$TMP:$SYSTEM_PATH" "${@:2}" 2>&1; echo "exit $?") >want
	case $1 in
	preload) set -- LD_PRELOAD="$LIB" "${@:2}" ;;
	path) set -- PATH="$TMP:$SYSTEM_PATH" "$PYCSHIM" -- "${@:2}" ;;
	launcher) set -- "$PYCSHIM" -- "${@:2}" ;;
	esac
	(cd work && clean_env PYCSHIM_MODE="$way" PYCSHIM_PROCESSES=all PYCSHIM_RECORD="$TMP/recording" \
		PYCSHIM_ROOT="$TMP/shadow" "$@" 2>&1; echo "exit $?") >got
	same "$name" got want
}

built() { # NAME COMPILER OPTION...
	local name=$1 way
	shift
	if ! "$@" -g -o "$name" program.c 2>err; then
		skip "cannot build with $*: $(head -n 1 err)" "sanitized_$name"
		return
	fi
	rm -f recording
	for way in trace redirect deny off; do
		runs "${name}_preloaded_in_mode_${way}_is_as_without" "$way" preload "$TMP/$name"
		runs "${name}_launched_in_mode_${way}_is_as_without" "$way" launcher "$TMP/$name"
	done
	check "${name}_is_recorded" test -s recording
	runs "${name}_may_start_a_python" trace preload "$TMP/$name" start "$(python3_path) -I -S -c 'print(5)'"
	clean_env "$PYCSHIM" -o "$TMP/recording" --check "$TMP/$name" >out 2>&1
	is "$?" 0 "${name}_is_active_for_check" "$(cat out)"
}

finds() { # NAME: of those above
	local how
	[ -e "$1" ] || return
	for how in "LD_PRELOAD=$LIB" "$PYCSHIM"; do
		(cd work && clean_env "$how" "$TMP/$1" fault) >out 2>&1
		like "$(cat out)" 'heap-use-after-free' "${1}_finds_its_fault_with_${how##*/}"
	done
}

clang_runtime=$(dirname "$(clang -print-file-name="libclang_rt.asan-$(uname -m).so" 2>/dev/null)")
built address gcc -fsanitize=address
built address_static_runtime gcc -fsanitize=address -static-libasan
built address_clang clang -fsanitize=address
built address_clang_shared clang -fsanitize=address -shared-libasan "-Wl,-rpath,$clang_runtime"
built thread gcc -fsanitize=thread
built undefined gcc -fsanitize=undefined
built leak gcc -fsanitize=leak
for name in address address_static_runtime address_clang address_clang_shared; do finds "$name"; done

# A program that tells AddressSanitizer itself what it wants is helped by the launcher alone.
echo 'const char *__asan_default_options(void) { return "detect_leaks=0"; }' >options.c
determined() { # NAME RUNTIME COMPILER OPTION...
	local name=determined_$1 runtime=$2
	if ! "${@:3}" -o "$name" program.c options.c 2>err; then
		skip "cannot build with ${*:3}: $(head -n 1 err)" "sanitized_$name"
		return
	fi
	runtime=$(readlink -f "$("${@:3}" -print-file-name="$runtime")")
	clean_env LD_PRELOAD="$LIB" "./$name" >out 2>&1
	like "$(cat out)" 'runtime does not come first' "${name}_preloaded_is_refused"
	printf '#!%s\n' "$TMP/$name" >direct
	printf '#!/usr/bin/env %s\n' "$name" >by-env
	chmod +x direct by-env
	for command in "$TMP/$name" "$TMP/direct" "$TMP/by-env"; do
		runs "${name}_launched_by_${command##*/}_is_as_without" redirect path "$command"
	done
	clean_env "$PYCSHIM" -o off --check "./$name" >out 2>&1
	is "$?" 0 "${name}_is_active_for_check" "$(cat out)"
	like "$(cat out)" "AddressSanitizer must be loaded first.*LD_PRELOAD=[^ ]*/$(basename "$runtime" | sed 's/[.]so.*/.so/')[^ ]*:$LIB" \
		"${name}_check_tells_what_to_preload"
}
determined gcc libasan.so gcc -fsanitize=address
determined clang "libclang_rt.asan-$(uname -m).so" clang -fsanitize=address -shared-libasan "-Wl,-rpath,$clang_runtime"
# shellcheck disable=SC2016 # for the inner shell
clean_env LD_PRELOAD=libm.so.6 "$PYCSHIM" sh -c 'echo "$LD_PRELOAD"' >out
is "$(cat out)" "$LIB:libm.so.6" no_runtime_is_preloaded_for_others
if [ -e address ]; then
	# shellcheck disable=SC2016 # for the inner shell
	(cd work && clean_env "$PYCSHIM" ../address start 'echo "$LD_PRELOAD" >&2') 2>out >/dev/null
	is "$(cat out)" "$LIB" no_runtime_is_preloaded_where_the_library_is_asked
fi

# What AddressSanitizer refuses without us it refuses with us: a library before its runtime.
if [ -e address ]; then
	gcc -shared -o other.so -xc - </dev/null
	clean_env LD_PRELOAD="$TMP/other.so" ./address >out 2>&1
	like "$(cat out)" 'runtime does not come first' address_behind_another_library_is_refused
	clean_env LD_PRELOAD="$LIB:$TMP/other.so" ./address >out 2>&1
	like "$(cat out)" 'runtime does not come first' address_behind_another_and_ours_is_refused
	clean_env LD_PRELOAD="$LIB" ASAN_OPTIONS=verify_asan_link_order=1 ./address >out 2>&1
	like "$(cat out)" 'runtime does not come first' address_options_of_the_user_go_before_ours
fi
