#!/bin/bash
# SPDX-License-Identifier: MIT
# The library neither adds nor hides a cancellation point.

. "$(dirname "$0")/../lib.sh"

cp "$B/tests/hooks/cancelling" "$TMP/bin/"
mkdir "$TMP/work" && cd "$TMP/work" || exit 1

clean_env timeout 300 "$TMP/bin/cancelling" >"$TMP/without" 2>&1
like "$(grep -c cancelled "$TMP/without")" '^1[0-9]$' program_without_us_is_cancelled
clean_env LD_PRELOAD="$LIB" PYCSHIM_PROCESSES=all PYCSHIM_RECORD="$TMP/recording" \
	timeout 300 "$TMP/bin/cancelling" >"$TMP/with" 2>&1
same cancellation_points_stay_the_same "$TMP/with" "$TMP/without"
is "$(stat_json "$TMP/recording" summary '[d["events"] > 50, d["damaged_bytes"]]')" '[true, 0]' \
	cancelled_program_is_recorded
