#!/bin/bash
# SPDX-License-Identifier: MIT
# Sizes of files and functions, and words that no file may contain.

. "$(dirname "$0")/../lib.sh"

cd "$TOP" || exit 1
tree() { find . -path ./.git -prune -o -path ./build -prune -o -type f -print; }

is "$(tree | grep -E '\.([chs]|def|sh|bash|py)$' | xargs wc -l | awk '$2 != "total" && $1 > 500')" "" \
	files_have_at_most_500_lines
check makefile_has_less_than_250_lines test "$(wc -l <Makefile)" -lt 250

# The layout in the README has a line for every source; a header shares the line of its
# source.
layout=$(sed -n '/^## Layout/,/^## Tests/p' README.md | grep -o '`[^`]*`' | tr -d '`' | sed 's,.*/,,')
for file in preload/*/* tools/*/*; do
	name=${file##*/}
	[ "$name" = "${name%.h}" ] || [ ! -e "${file%.h}.c" ] || continue
	for pattern in $layout; do
		# shellcheck disable=SC2053 # a pattern it is
		[[ $name != $pattern ]] || continue 2
	done
	echo "$file"
done >"$TMP/unnamed"
is "$(cat "$TMP/unnamed")" "" readme_names_every_source

# A function begins with a line that starts with a letter and is followed by a line `{`.
tree | grep -E '\.[ch]$' | while read -r file; do
	awk -v file="$file" '
		/^\{/ { start = NR }
		/^\}/ && start { if (NR - start > 60) print file ":" start ": " NR - start " lines"; start = 0 }
	' "$file"
done >"$TMP/long"
if [ -s "$TMP/long" ]; then note "functions over 60 lines: $(cat "$TMP/long")"; fi
is "$(awk '{ split($2, n, " "); if (n[1] > 100) print }' "$TMP/long")" "" functions_have_at_most_100_lines

# No file names the place where it was written.  (The brackets exclude this file.)
machine='[/]root[/]|[/]work[/](main|shared)|[/]home[/][a-z]+[/]|[iI]ssue[ ]#?[0-9]|[sS]ession[ ]#?[0-9]'
is "$(tree | xargs grep -nIE "$machine" | cut -c 1-160)" "" nothing_names_a_machine_or_a_ticket
is "$(tree | grep -E '\.(sh|bash|py|[ch]|def|md|1)$|/(run|setup)$' | xargs grep -nE ' +$' | cut -c 1-160)" "" \
	no_line_ends_in_blanks
# Each source names its licence.
is "$(tree | grep -E '\.([chs]|def|sh|bash|py|1)$|/(run|setup|Makefile)$' |
	xargs grep -L 'SPDX-License-Identifier: MIT' | grep -v '/corpus/')" "" every_source_names_its_licence
