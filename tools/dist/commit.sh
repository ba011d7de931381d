#!/bin/sh
# SPDX-License-Identifier: MIT
# Print a C header that says which commit this tree is.  `git archive` writes the commit
# into .commit; a clone asks git.

cd "$(dirname "$0")/../.." || exit
commit=$(cat .commit 2>/dev/null)
case $commit in
commit*) ;;
*)
	commit=$(git log -1 --abbrev=12 --format='commit %h %(describe:tags=true)' 2>/dev/null) ||
		commit='unknown commit'
	git diff-index --quiet HEAD 2>/dev/null || commit="$commit, modified"
	;;
esac
# A commit that no tag describes leaves a blank at the end.
commit=$(printf '%s' "$commit" | tr -cd 'A-Za-z0-9 ,._+~-' | sed 's/ *$//; s/ ,/,/')
printf '#define COMMIT_STRING "%s"\n' "$commit"
