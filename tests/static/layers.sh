#!/bin/bash
# SPDX-License-Identifier: MIT
# The includes have no cycle among the files, and follow the order of the folders.

. "$(dirname "$0")/../lib.sh"

cd "$TOP" || exit 1

# The layers of the library and of the tools, from the top: a file may include files of
# its own folder and of the layers below, and no others.
declare -A floors=(
	[preload]='hooks
call
store
view trace
record
host
path'
	[tools]='launch command
show
answer
read
common'
)

# includes TREE: print `FILE INCLUDED` for each include that names a folder, without suffixes,
# so that a header and its source count as one.
includes() {
	grep -rn --include='*.[ch]' -E '^[[:space:]]*#[[:space:]]*include[[:space:]]*"[^"]*/' "$1" |
		sed -E 's,^[a-z]+/,,; s,\.[ch]:[0-9]+:[^"]*", ,; s,(\.h)?".*$,,' |
		awk '$1 != $2' | sort -u
}

for tree in preload tools; do
	includes $tree >"$TMP/includes"
	check "includes_of_${tree}_are_found" test -s "$TMP/includes"
	tsort "$TMP/includes" >/dev/null 2>"$TMP/circles"
	is "$(cat "$TMP/circles")" "" "includes_of_${tree}_have_no_circle"
	awk -v floors="${floors[$tree]}" 'BEGIN {
			count = split(floors, floor, "\n")
			for (i = 1; i <= count; i++) {
				folders = split(floor[i], folder, " ")
				for (j = 1; j <= folders; j++)
					rank[folder[j]] = i
			}
		} {
			split($1, from, "/"); split($2, to, "/")
			if (!(from[1] in rank) || !(to[1] in rank))
				print "no floor: " $0
			else if (from[1] != to[1] && rank[from[1]] >= rank[to[1]])
				print $1 " includes " $2
		}' "$TMP/includes" >"$TMP/against"
	is "$(cat "$TMP/against")" "" "includes_of_${tree}_go_down"
done

# Without a folder only headers of include/ are named, and only they and the standard headers
# are included there.
# commit.h is made by the build
(cd include && echo ./* ./commit.h) | tr ' ' '\n' | sed 's,^\./,,' | sort >"$TMP/shared"
is "$(grep -rhoE --include='*.[ch]' '^[[:space:]]*#[[:space:]]*include[[:space:]]*"[^"/]*"' preload tools include |
	sed 's/.*"\(.*\)"/\1/' | sort -u | comm -23 - "$TMP/shared")" "" headers_without_a_folder_are_shared
is "$(grep -rnE '^[[:space:]]*#[[:space:]]*include[[:space:]]*"[^"]*/' include)" "" include_is_below_all
(cd include && grep -roE --include='*.[ch]' '^[[:space:]]*#[[:space:]]*include[[:space:]]*"[^"/]*\.h"' .) |
	sed -E 's,^\./,,; s,\.[ch]:[^"]*", ,; s,\.h",,' | awk '$1 != $2' | sort -u >"$TMP/includes"
tsort "$TMP/includes" >/dev/null 2>"$TMP/circles"
is "$(cat "$TMP/circles")" "" includes_of_include_have_no_circle
