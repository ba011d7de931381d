# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# Checks of files that need not be made again: what has passed is remembered in the build
# directory, by a sum of all that the check reads.  Sourced after lib.sh.

PASSED=$B/tests/passed

# sum: of standard input
sum() { sha256sum | cut -d ' ' -f 1; }

# unless_passed SUM COMMAND...: run the command, unless it has succeeded with this sum.
# SUM is of everything that can change the outcome: files, options, the program's version.
unless_passed() {
	local sum=$1
	shift
	[ ! -e "$PASSED/$sum" ] || return 0
	"$@" || return
	mkdir -p "$PASSED" && : >"$PASSED/$sum"
}
