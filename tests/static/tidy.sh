#!/bin/bash
# SPDX-License-Identifier: MIT
# clang-tidy, with the checks of .clang-tidy, and cppcheck.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/passed.bash"
need clang-tidy clang cppcheck

cd "$TOP" || exit 1
flags=(-std=gnu11 -D_GNU_SOURCE '-DLIBDIR="/usr/lib"' -Iinclude -Ipreload -Itools -isystem "$B/include")

mapfile -t files < <(find include preload tools -name '*.c' | sort)
version=$(clang-tidy --version)

# tidy N: the findings in the N-th file, without clang's count of suppressed warnings, to tidy.N
tidy() {
	clang-tidy --quiet "${files[$1]}" -- "${flags[@]}" >"$TMP/tidy.$1" 2>"$TMP/tidy.err.$1" ||
		grep error: "$TMP/tidy.err.$1" >>"$TMP/tidy.$1" || echo "clang-tidy fails" >>"$TMP/tidy.$1"
	[ ! -s "$TMP/tidy.$1" ]
}

# tidy_sum FILE: of all that clang-tidy reads for it, system headers, too
tidy_sum() {
	{
		printf '%s\n' "$version" "$1" "${flags[@]}"
		clang -M -MT '' "${flags[@]}" "$1" | sed 's/^ *://; s/\\$//' | xargs cat .clang-tidy
	} | sum
}

part() {
	local n
	for ((n = $1; n < ${#files[@]}; n += 2)); do
		: >"$TMP/tidy.$n"
		unless_passed "$(tidy_sum "${files[n]}")" tidy "$n"
	done
}
part 0 &
part 1
wait
for ((n = 0; n < ${#files[@]}; n++)); do
	is "$(head -n 30 "$TMP/tidy.$n")" "" "clang_tidy_finds_nothing_in_${files[n]}"
done

cppcheck_all() {
	cppcheck --quiet --std=c11 --error-exitcode=1 --inline-suppr \
		--enable=warning,performance,portability --suppress=missingIncludeSystem \
		--suppressions-list=tests/static/cppcheck.txt -j2 \
		-D__GNUC__=12 -D__x86_64__ -D__LP64__ '-DElfW(type)=Elf64_##type' -D_GNU_SOURCE '-DLIBDIR="/usr/lib"' -Iinclude -Ipreload -Itools include preload tools
}
check cppcheck_finds_nothing unless_passed "$({
	cppcheck --version
	declare -f cppcheck_all
	find include preload tools tests/static/cppcheck.txt -type f | sort | xargs tail -v -n +1
} | sum)" cppcheck_all
