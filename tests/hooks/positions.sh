#!/bin/bash
# SPDX-License-Identifier: MIT
# telldir, seekdir and rewinddir in a directory that is merged from its lower directory
# and the shadow.

. "$(dirname "$0")/../lib.sh"

cp "$B/tests/hooks/positions" "$TMP/bin/"

# positions [NAME=VALUE...]
positions() {
	rm -rf "$TMP/work" && mkdir -p "$TMP/work/__pycache__" && cd "$TMP/work" || exit 1
	for ((i = 0; i < 200; i++)); do : >"__pycache__/in_place_$i.pyc"; done
	clean_env "$@" "$TMP/bin/positions" 2>&1
}

wanted='502 names, 0 wrong, 0 endless, 2652 names then'
is "$(positions)" "$wanted" positions_without_us_lead_back
is "$(positions LD_PRELOAD="$LIB" PYCSHIM_PROCESSES=all PYCSHIM_MODE=redirect PYCSHIM_ROOT="$TMP/root" PYCSHIM_RECORD=off)" \
	"$wanted" positions_in_a_merged_directory_lead_back
