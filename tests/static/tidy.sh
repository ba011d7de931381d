#!/bin/bash
# SPDX-License-Identifier: MIT
# clang-tidy, with the checks of .clang-tidy, and cppcheck.

. "$(dirname "$0")/../lib.sh"
need clang-tidy cppcheck

cd "$TOP" || exit 1
flags=(-std=gnu11 -D_GNU_SOURCE '-DLIBDIR="/usr/lib"' -Iinclude -Ipreload -Itools -isystem "$B/include")

# tidy FILE: print the findings, without clang's count of suppressed warnings
tidy() { clang-tidy --quiet "$1" -- "${flags[@]}" 2>"$TMP/tidy.err" || grep error: "$TMP/tidy.err"; }

mapfile -t files < <(find include preload tools -name '*.c' | sort)
part() { for ((n = $1; n < ${#files[@]}; n += 2)); do tidy "${files[n]}" >"$TMP/tidy.$n"; done; }
part 0 &
part 1
wait
for ((n = 0; n < ${#files[@]}; n++)); do
	is "$(head -n 30 "$TMP/tidy.$n")" "" "clang_tidy_finds_nothing_in_${files[n]}"
done

check cppcheck_finds_nothing cppcheck --quiet --std=c11 --error-exitcode=1 --inline-suppr \
	--enable=warning,performance,portability --suppress=missingIncludeSystem \
	--suppressions-list=tests/static/cppcheck.txt -j2 \
	-D__GNUC__=12 -D__x86_64__ -D__LP64__ '-DElfW(type)=Elf64_##type' -D_GNU_SOURCE '-DLIBDIR="/usr/lib"' -Iinclude -Ipreload -Itools include preload tools
