#!/bin/bash
# SPDX-License-Identifier: MIT
# Everything builds without a warning with each C compiler that is installed: gcc, clang
# and their numbered versions, and musl-gcc.  An unknown machine gets one message.

. "$(dirname "$0")/../lib.sh"
need make

compilers() {
	local directory file
	printf '%s\n' "$SYSTEM_PATH" | tr ':' '\n' | while read -r directory; do
		for file in "$directory"/gcc "$directory"/gcc-[0-9]* "$directory"/clang \
			"$directory"/clang-[0-9]* "$directory"/musl-gcc; do
			if [[ ${file##*/} =~ ^(gcc|clang|musl-gcc)(-[0-9]+)?$ && -x $file ]]; then
				printf '%s %s\n' "$(readlink -f "$file")" "$file"
			fi
		done
	done | sort | awk '!seen[$1]++ { print $2 }'
}

# builds COMPILER [OPTION...]: build into $TMP/built.
builds() {
	local compiler=$1
	shift
	rm -rf "$TMP/built"
	clean_env make -s -C "$TOP" B="$TMP/built" CC="$compiler" WERROR=1 "$@"
}

# A program that is linked with the compiler's libc can load the library.
printf '#include <unistd.h>\nint main(void) { return unlink("__pycache__/m.pyc") == 0; }\n' >"$TMP/program.c"

number=0
for compiler in $(compilers); do
	number=$((number + 1))
	name=$(basename "$compiler" | tr -c 'a-z0-9\n' _)
	check "${name}_builds_without_a_warning" builds "$compiler" || continue
	is "$("$TMP/built/pycshim" --version)" "$("$PYCSHIM" --version)" "${name}_makes_a_launcher_that_runs"
	"$compiler" -o "$TMP/program" "$TMP/program.c"
	check "${name}_makes_a_library_that_loads" clean_env PYCSHIM_PROCESSES=all PYCSHIM_RECORD="$TMP/$name" \
		LD_PRELOAD="$TMP/built/libpycshim.so" "$TMP/program"
	check "${name}_makes_a_library_that_records" test -s "$TMP/$name"
done
check compilers_are_found test "$number" -gt 0

builds gcc CFLAGS='-O2 -U__x86_64__ -U__aarch64__' >"$TMP/said" 2>&1
is "$(grep -c 'error:' "$TMP/said")" 1 unknown_machine_gets_one_message "$(head -n 20 "$TMP/said")"
like "$(cat "$TMP/said")" 'sys_call6\(\) in preload/host/sys.h' unknown_machine_is_told_what_to_write
