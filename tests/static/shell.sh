#!/bin/bash
# SPDX-License-Identifier: MIT
# Every shell script is shellcheck-clean, and every Python helper compiles.

. "$(dirname "$0")/../lib.sh"
need shellcheck

cd "$TOP" || exit 1
mapfile -t files < <(
	grep -rlE --exclude-dir=.git --exclude-dir=build --exclude-dir=corpus '^#!/bin/(ba)?sh|^# shellcheck shell=' . | sort
)
check some_shell_scripts_are_there test ${#files[@]} -gt 10
for file in "${files[@]}"; do
	check "shellcheck_finds_nothing_in_${file#./}" shellcheck -x "$file"
done
while read -r file; do
	check "python_compiles_${file#./}" helper -c 'import sys
compile(open(sys.argv[1]).read(), sys.argv[1], "exec")' "$file"
done < <(find . -path ./build -prune -o -name '*.py' -print | sort)
