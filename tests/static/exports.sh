#!/bin/bash
# SPDX-License-Identifier: MIT
# The library exports the functions of preload/hooks/hooks.def and those that the runtime
# of AddressSanitizer looks for (preload/host/sanitizer.c), and nothing else.

. "$(dirname "$0")/../lib.sh"
need gcc nm

# The preprocessor expands the table, as it does for the library's sources.
printf '#define HOOK(kind, type, failure, operation, name, ...) row name\n#include "hooks/hooks.def"\n' |
	gcc -E -P -I"$TOP/preload" -I"$TOP/include" - | sed -n 's/^row //p' | sort >"$TMP/rows"
nm -D --defined-only "$LIB" | awk '{ sub(/@.*/, "", $NF); print $NF }' | sort >"$TMP/exports"
{ cat "$TMP/rows" && echo __asan_default_options; } | sort >"$TMP/wanted"

check hooks_table_has_rows test "$(wc -l <"$TMP/rows")" -gt 50
is "$(uniq -d "$TMP/rows")" "" hooks_table_has_each_name_once
same exports_equal_the_hooks_table_and_the_answer_to_asan "$TMP/exports" "$TMP/wanted"
