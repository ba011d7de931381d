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

# builds COMPILER DIRECTORY [OPTION...]: build there.  No compiler warns more because of -g.
builds() { clean_env make -s -C "$TOP" B="$2" CC="$1" WERROR=1 CFLAGS=-O2 "${@:3}"; }

# kept NAME COMPILER: a directory for what NAME builds, which stays for the next time, when
# make builds what has changed; or everything, if the compiler or a Makefile has changed.
kept() {
	local built=$B/compilers/$1
	{ "$2" -v 2>&1 && cat "$TOP/Makefile" "$TOP"/*/*/*.mk; } >"$TMP/made_by"
	cmp -s "$TMP/made_by" "$built/made_by" || rm -rf "$built"
	mkdir -p "$built" && cp "$TMP/made_by" "$built" && printf '%s\n' "$built"
}

# A program that is linked with the compiler's libc can load the library.
printf '#include <unistd.h>\nint main(void) { return unlink("__pycache__/m.pyc") == 0; }\n' >"$TMP/program.c"

number=0
for compiler in $(compilers); do
	number=$((number + 1))
	name=$(basename "$compiler" | tr -c 'a-z0-9\n' _)
	built=$(kept "$name" "$compiler")
	check "${name}_builds_without_a_warning" builds "$compiler" "$built" || continue
	is "$("$built/pycshim" --version)" "$("$PYCSHIM" --version)" "${name}_makes_a_launcher_that_runs"
	"$compiler" -o "$TMP/program" "$TMP/program.c"
	check "${name}_makes_a_library_that_loads" clean_env PYCSHIM_PROCESSES=all PYCSHIM_RECORD="$TMP/$name" \
		LD_PRELOAD="$built/libpycshim.so" "$TMP/program"
	check "${name}_makes_a_library_that_records" test -s "$TMP/$name"
done
check compilers_are_found test "$number" -gt 0

builds gcc "$TMP/built" CFLAGS='-O2 -U__x86_64__ -U__aarch64__' >"$TMP/said" 2>&1
is "$(grep -c 'error:' "$TMP/said")" 1 unknown_machine_gets_one_message "$(head -n 20 "$TMP/said")"
like "$(cat "$TMP/said")" 'sys_call6\(\) in preload/host/sys.h' unknown_machine_is_told_what_to_write
