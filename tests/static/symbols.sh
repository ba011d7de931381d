#!/bin/bash
# SPDX-License-Identifier: MIT
# The library loads on old glibc and on musl, and never calls a function that it wraps.

. "$(dirname "$0")/../lib.sh"
need gcc nm readelf

# undefined OBJECT...: print type and name of the dynamic symbols it needs (type w: weak)
readelf -W --dyn-syms "$LIB" | awk '$7 == "UND" && $8 != "" { print $5, $8 }' >"$TMP/needed"
awk '{ sub(/@.*/, "", $2); print $2 }' "$TMP/needed" | sort >"$TMP/names"

newer=$(grep -oE '[^ ]+@GLIBC_[0-9.]+' "$TMP/needed" | awk -F'GLIBC_' '
	{ split($2, v, "."); if (v[1] > 2 || v[2] > 17) print }')
is "$newer" "" symbol_versions_are_at_most_glibc_2_17
check some_symbol_has_a_version grep -q @GLIBC "$TMP/needed"
is "$(grep -E '_chk$|^__stack_chk|^__fdelt' "$TMP/names")" "" no_fortify_and_no_stack_protector
is "$(readelf -d "$LIB" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')" libc.so.6 needs_only_libc
is "$(readelf -d "$LIB" | grep -c TEXTREL)" 0 has_no_text_relocations
is "$(readelf -W -l "$LIB" | awk '$1 == "GNU_STACK" { print $(NF - 1) }')" RW stack_is_not_executable

# musl's loader is its libc.
echo 'int main(void) { return 0; }' >"$TMP/empty.c"
if musl-gcc -o "$TMP/empty" "$TMP/empty.c" 2>/dev/null; then
	musl=$(readelf -W -l "$TMP/empty" | sed -n 's/.*interpreter: \(.*\)\]/\1/p')
	nm -D --defined-only "$musl" | awk '{ print $NF }' | sort >"$TMP/musl"
	awk '$1 != "WEAK" { sub(/@.*/, "", $2); print $2 }' "$TMP/needed" | sort >"$TMP/strong"
	is "$(comm -23 "$TMP/strong" "$TMP/musl")" "" strong_symbols_exist_in_musl
else
	skip "no musl-gcc" strong_symbols_exist_in_musl
fi

# A call of an exported function resolves to the library itself and is no undefined symbol
# of it, so the object files are examined.
nm -D --defined-only "$LIB" | awk '{ sub(/@.*/, "", $NF); print $NF }' | sort >"$TMP/exports"
find "$B/obj/preload" -name '*.o' -exec nm -u {} + | awk 'NF == 2 { print $2 }' | sort -u >"$TMP/called"
check objects_are_there test -s "$TMP/called"
is "$(comm -12 "$TMP/called" "$TMP/exports")" "" never_calls_what_it_wraps

# The library may not allocate memory, use stdio, read the environment, or end the host.
forbidden='malloc|calloc|realloc|free|posix_memalign|aligned_alloc|mmap|brk|sbrk
|f?printf|s?n?printf|v.*printf|dprintf|puts|putchar|fputs|fwrite|perror|getline|f?scanf|setvbuf
|getenv|secure_getenv|setenv
|abort|exit|_exit|_Exit|quick_exit|__assert_fail|raise|kill|err|errx|warn|error
|pthread_mutex_.*|pthread_rwlock_.*|pthread_cond_.*|sem_.*|atexit|__cxa_atexit|system|popen|fork|vfork'
is "$(grep -xE "$(tr -d '\n' <<<"$forbidden")" "$TMP/names")" "" calls_no_malloc_stdio_getenv_or_exit

# The environment is changed under libc's lock when a Python was loaded late, because the
# program may have threads then, and nowhere else.
is "$(find "$B/obj/preload" -name '*.o' -exec nm -uA {} + | awk '/ U (putenv|unsetenv|clearenv)$/ { sub(/.*\//, ""); print $1, $3 }' |
	sort | tr '\n' ' ')" "config.o: putenv config.o: unsetenv " changes_the_environment_in_one_place
