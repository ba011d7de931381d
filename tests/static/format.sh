#!/bin/bash
# SPDX-License-Identifier: MIT
# C code is laid out as .clang-format says (`make format` does it).

. "$(dirname "$0")/../lib.sh"
need clang-format

cd "$TOP" || exit 1
well_formatted() { clang-format --dry-run -Werror "${files[@]}"; }
for directory in include preload tools tests; do
	mapfile -t files < <(find $directory -name '*.[ch]' | sort)
	[ ${#files[@]} -gt 0 ] || continue
	check "format_of_${directory}_is_clang_format_s" well_formatted
done
