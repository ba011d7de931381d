#!/bin/bash
# SPDX-License-Identifier: MIT
# The library builds for 64-bit ARM and passes the checks of its symbols there.

. "$(dirname "$0")/../lib.sh"
need aarch64-linux-gnu-gcc make

check aarch64_library_builds make -s -C "$TOP" B="$TMP/arm" CC=aarch64-linux-gnu-gcc WERROR=1 \
	"$TMP/arm/libpycshim.so" || exit 0
lib=$TMP/arm/libpycshim.so
readelf -W --dyn-syms "$lib" | awk '$7 == "UND" && $8 != "" { print $8 }' >"$TMP/needed"
newer=$(grep -oE '[^ ]+@GLIBC_[0-9.]+' "$TMP/needed" | awk -F'GLIBC_' '
	{ split($2, v, "."); if (v[1] > 2 || v[2] > 17) print }')
is "$newer" "" aarch64_symbol_versions_are_at_most_glibc_2_17
is "$(grep -E '_chk(@|$)|^__stack_chk|^__(ldadd|cas|swp)' "$TMP/needed")" "" aarch64_no_fortify_and_no_stack_protector
nm -D --defined-only "$lib" | awk '{ sub(/@.*/, "", $NF); print $NF }' | sort >"$TMP/exports"
nm -D --defined-only "$LIB" | awk '{ sub(/@.*/, "", $NF); print $NF }' | sort >"$TMP/native"
same aarch64_exports_equal_the_native_ones "$TMP/exports" "$TMP/native"
