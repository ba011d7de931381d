#!/bin/bash
# SPDX-License-Identifier: MIT
# 64 processes with 4 threads each, which fork and get signals meanwhile: no record is
# torn or lost, and if the recording is too small, the missing events are counted.

. "$(dirname "$0")/../lib.sh"

cp "$B/tests/hooks/stress" "$TMP/bin/"

# stress NAME TURNS [NAME=VALUE...]: write the counts of what was done and what was
# recorded
stress() {
	local name=$1 turns=$2
	shift 2
	rm -rf "$TMP/work" && mkdir "$TMP/work" && cd "$TMP/work" || exit 1
	clean_env LD_PRELOAD="$LIB" PYCSHIM_PROCESSES=all PYCSHIM_RECORD="$TMP/$name" "$@" \
		timeout 300 "$TMP/bin/stress" run 64 4 "$turns" >"$TMP/$name.did" 2>"$TMP/errors"
	is "$? $(cat "$TMP/errors")" '0 ' "${name}_processes_do_not_notice"
	check "${name}_recording_can_be_read" "$TMP/bin/stress" check "$TMP/$name"
	"$TMP/bin/stress" check "$TMP/$name" >"$TMP/$name.recorded" 2>&1
	note "$(stat -c '%s bytes of recording' "$TMP/$name")"
}

events() { awk '$1 != "process" { sum += $2 } END { print sum }' "$1"; }

stress roomy 20
same roomy_recording_has_all "$TMP/roomy.recorded" "$TMP/roomy.did"
if [ -x "$PYCSTAT" ]; then
	is "$(stat_json "$TMP/roomy" summary '[d["events"], d["processes"], d["lost_events"], d["damaged_bytes"]]')" \
		"[$(events "$TMP/roomy.did"), $(awk '$1 == "process" { print $2 }' "$TMP/roomy.did"), 0, 0]" \
		roomy_recording_is_read_by_pycstat
fi

stress tight 20 PYCSHIM_RECORD_MAX=1M
check tight_recording_is_bounded test "$(stat -c %s "$TMP/tight")" -le 1048576
check tight_recording_has_lost_some grep -q '^lost' "$TMP/tight.recorded"
is "$(events "$TMP/tight.recorded")" "$(events "$TMP/tight.did")" tight_recording_counts_what_is_lost
is "$(grep process "$TMP/tight.recorded")" "$(grep process "$TMP/tight.did")" \
	tight_recording_has_every_process
