#!/bin/bash
# SPDX-License-Identifier: MIT
# Every function with a path or descriptor parameter that a Python imports is hooked, or
# listed in not-hooked.txt with the reason.

. "$(dirname "$0")/../lib.sh"
need gcc nm ldd

here=$TOP/tests/static
printf '#define HOOK(kind, type, failure, operation, name, ...) row name\n#include "hooks/hooks.def"\n' |
	gcc -E -P -I"$TOP/preload" -I"$TOP/include" - | sed -n 's/^row //p' | sort -u >"$TMP/hooked"
grep -v '^#' "$here/not-hooked.txt" | sed 's/^[^:]*://' | tr -s ' \t' '\n' | grep . | sort >"$TMP/excused"
helper "$here/file_functions.py" | sort -u >"$TMP/file_functions"
check headers_declare_file_functions grep -qx openat "$TMP/file_functions"
is "$(uniq -d "$TMP/excused")" "" not_hooked_list_has_each_name_once
is "$(comm -12 "$TMP/hooked" "$TMP/excused")" "" not_hooked_list_has_no_hook

# imports OBJECT...: list the undefined symbols, by the names in libc's headers
imports() {
	nm -D --undefined-only "$@" 2>/dev/null | awk 'NF == 2 && $1 ~ /[UwV]/ {
		sub(/@.*/, "", $2)
		plain = $2
		sub(/^__isoc(99|23)_/, "", plain)
		sub(/^_IO_/, "", plain)
		if (plain ~ /^__[lf]?xstat/ || plain ~ /^__fxstatat/ || plain == "__xmknod")
			sub(/x/, "", plain)
		if (plain ~ /^__/) {
			sub(/^__/, "", plain)
			sub(/(_2|_chk|_alias)$/, "", plain)
		}
		print plain, $2
	}' | sort -u
}

# covered NAME OBJECT...
covered() {
	local name=$1
	shift
	imports "$@" >"$TMP/imports"
	join "$TMP/file_functions" "$TMP/imports" | awk '{ print $2 }' | sort -u >"$TMP/wanted"
	if [ ! -s "$TMP/wanted" ]; then
		skip "imports no file function: $1" "$name"
		return
	fi
	# by its name, or by the name of the plain variant (fgets excuses __fgets_chk)
	join "$TMP/file_functions" "$TMP/imports" | while read -r plain symbol; do
		grep -qx "$symbol" "$TMP/hooked" && continue
		grep -qx -e "$symbol" -e "$plain" "$TMP/excused" || echo "$symbol"
	done >"$TMP/missing"
	is "$(sort -u "$TMP/missing" | tr '\n' ' ')" "" "$name"
}

# shared_objects PYTHON: list it, its libpython or libpypy, and its extension modules
shared_objects() {
	printf '%s\n' "$1"
	ldd "$1" | awk '/libpython|libpypy/ { print $3 }'
	clean_env "$1" -S -c 'import sys, os
for top in sys.path:
    for directory, below, names in os.walk(top):
        for name in names:
            if name.endswith(".so"):
                print(os.path.join(directory, name))'
}

for python in $(pythons); do
	py_info "$python"
	mapfile -t objects < <(shared_objects "$python" | sort -u)
	covered "${py_name}_imports_are_hooked_or_excused" "${objects[@]}"
done
for object in /usr/lib/uwsgi/plugins/python3*_plugin.so /usr/bin/uwsgi-core /usr/lib/apache2/modules/mod_wsgi.so*; do
	[ -e "$object" ] || continue
	covered "$(basename "$object")_imports_are_hooked_or_excused" "$object"
done
