#!/bin/bash
# SPDX-License-Identifier: MIT
# Every shell script is shellcheck-clean, and every Python helper compiles.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/passed.bash"
need shellcheck

cd "$TOP" || exit 1
mapfile -t files < <(
	grep -rlE --exclude-dir=.git --exclude-dir=build --exclude-dir=corpus '^#!/bin/(ba)?sh|^# shellcheck shell=' . | sort
)
check some_shell_scripts_are_there test ${#files[@]} -gt 10
# A script is checked with what it sources, which may be any of the files that are there for it.
common=$({ shellcheck --version && cat .shellcheckrc && grep -lE '^# shellcheck shell=' "${files[@]}" | xargs cat; } | sum)
for file in "${files[@]}"; do
	check "shellcheck_finds_nothing_in_${file#./}" \
		unless_passed "$({ echo "$common $file" && cat "$file"; } | sum)" shellcheck -x "$file"
done
while read -r file; do
	check "python_compiles_${file#./}" helper -c 'import sys
compile(open(sys.argv[1]).read(), sys.argv[1], "exec")' "$file"
done < <(find . -path ./build -prune -o -name '*.py' -print | sort)
