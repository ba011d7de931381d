#!/bin/bash
# SPDX-License-Identifier: MIT
# With a store compileall makes what it makes without one, in each setting.  It only looks whether
# there is a pyc, so a look-up that the store answered would be taken for one that is kept.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/store.bash"

# made DIRECTORY: of each pyc in it its flags, and the source that it names
made() {
	"$python" "${py_flags[@]}" -c 'import glob, marshal, sys
header = 16 if sys.version_info >= (3, 7) else 12
for name in sorted(glob.glob(sys.argv[1] + "/__pycache__/*.pyc")):
    with open(name, "rb") as file:
        data = file.read()
    print(data[4:8] if header == 16 else "", marshal.loads(data[header:]).co_filename)' "$1"
}

# compile_all [NAME=VALUE...] -- OPTION...: the exit status of compileall, and what it made
compile_all() {
	local variables=()
	while [ "$1" != -- ]; do
		variables+=("$1")
		shift
	done
	rm -rf "$TMP/app/__pycache__"
	clean_env LD_PRELOAD="$LIB" PYCSHIM_RECORD=off "${variables[@]}" "$python" -E -s -S -m compileall \
		-q "${@:2}" "$TMP/app" >/dev/null 2>&1
	echo "$? $(made "$TMP/app")"
}

for python in $(pythons3); do
	py_info "$python"
	rm -rf "$STORE" "$TMP/first" "$TMP/app"
	mkdir "$TMP/first" "$TMP/app"
	echo 'x = 1' >"$TMP/first/m.py"
	cp -p "$TMP/first/m.py" "$TMP/app"
	stored "$python" "${py_flags[@]}" -c 'import sys; sys.path.insert(0, sys.argv[1]); import colorsys, m' "$TMP/first"
	like "$(find "$STORE" -name "*.$py_tag.*")" . "${py_name}_fills_the_store"
	invalidation=()
	[ "$py_kind" = pypy ] || [ "$py_minor" -lt 7 ] || invalidation=(--invalidation-mode unchecked-hash)
	for mode in trace deny; do
		for options in '' '-d /usr/lib/elsewhere' "${invalidation[*]}"; do
			read -ra words <<<"$options"
			is "$(compile_all PYCSHIM_MODE=$mode PYCSHIM_STORE="$STORE" -- "${words[@]}")" \
				"$(compile_all PYCSHIM_MODE=$mode -- "${words[@]}")" \
				"${py_name}_in_${mode}_compileall_${options// /_}_is_as_without_a_store"
		done
	done
done
