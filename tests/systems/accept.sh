#!/bin/bash
# SPDX-License-Identifier: MIT
# The release's tarball on other systems: every Python of each of SYSTEMS is traced, redirected,
# denied its bytecode, and given that of a store; programs that embed it are traced and redirected.
#
#	SYSTEMS="bullseye trixie-arm64"	SYSTEMS_DIR=DIR	[SYSTEMS_DIST=DIR] tests/run tests/systems/accept.sh
#
# The script runs once more for each system, in a mount namespace of its own.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/system.bash"
. "$(dirname "$0")/interpreter.bash"
. "$(dirname "$0")/threads.bash"
. "$(dirname "$0")/embedded.bash"
export PATH=$SYSTEM_PATH # chroot and mmdebstrap are root's

# one: the acceptance of the system $SYSTEM, whose root is in this namespace
one() {
	local python
	system_mount "$ROOT" || { not_ok "${SYSTEM}_has_a_root" && return; }
	check "${SYSTEM}_tarball_can_be_unpacked" tar -C "$ROOT/usr/local" --strip-components=1 --no-same-owner -xzf "$TARBALL" ||
		return
	case $SYSTEM in
	*-embedded) accept_embedding ;;
	*) for python in $(system_pythons); do accept_interpreter "$python"; done ;;
	esac
}

if [ -n "${SYSTEM:-}" ]; then
	one
	exit 0
fi

is_root || skip_all "needs root"
for SYSTEM in ${SYSTEMS:?names the systems}; do
	export SYSTEM ROOT=${SYSTEMS_DIR:-$B/systems}/$SYSTEM
	if ! "$(dirname "$0")/make_root" "$SYSTEM" "$ROOT" >"$TMP/log" 2>&1 </dev/null; then
		skip "cannot be had: $(grep . "$TMP/log" | grep -v 'mmdebstrap failed' | tail -n 1 | cut -c 1-200)" "$SYSTEM"
		continue
	fi
	ROOT=$(cd "$ROOT" && pwd -P)
	machine=$(system_machine) || { not_ok "${SYSTEM}_has_a_python" && continue; }
	if ! system_namespace "$machine" true >"$TMP/log" 2>&1; then
		skip "cannot be run: $(tail -n 1 "$TMP/log")" "$SYSTEM"
		continue
	fi
	TARBALL=$(system_tarball "$machine") || exit 1
	export TARBALL
	system_namespace "$machine" bash "$0" || : >"$TMP/.lib/failed" # the one below has said why
done
