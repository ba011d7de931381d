#!/bin/bash
# SPDX-License-Identifier: MIT
# A signal handler may jump out of a call into the library; the library handles the calls
# after it as usual.

. "$(dirname "$0")/../lib.sh"

cp "$B/tests/hooks/jumping" "$TMP/bin/"

for stack in same other; do
	rm -rf "$TMP/work" && mkdir "$TMP/work" && cd "$TMP/work" || exit 1
	is "$(clean_env LD_PRELOAD="$LIB" PYCSHIM_PROCESSES=all PYCSHIM_MODE=redirect PYCSHIM_ROOT="$TMP/$stack.root" \
		PYCSHIM_RECORD="$TMP/$stack" timeout 300 "$TMP/bin/jumping" "$stack")" '2000 jumps' \
		"view_stays_after_a_jump_from_the_${stack}_stack"
	is "$(ls)" link "nothing_is_made_in_place_after_a_jump_from_the_${stack}_stack"
	is "$(stat_json "$TMP/$stack" summary '[d["events"] > 200, d["damaged_bytes"]]')" '[true, 0]' \
		"events_are_recorded_after_a_jump_from_the_${stack}_stack"
done
