#!/bin/bash
# SPDX-License-Identifier: MIT
#
# pycstat's output for the golden recording of each format version does not change.  After
# an intended change, UPDATE=1 tests/unit/golden.sh rewrites the expected output: review
# the difference before you commit it.

. "$(dirname "$0")/../lib.sh"

golden=$TOP/tests/golden
export TZ=UTC LC_ALL=C.UTF-8 NO_COLOR=1
unset COLUMNS XDG_RUNTIME_DIR

# reads VERSION NAME ARGUMENT...: the output of pycstat is the expected one
reads() {
	local name=$1.$2 expected=$golden/$1.$2
	shift 2
	(cd "$golden" && "$PYCSTAT" "$@") >"$TMP/$name" 2>&1
	[ -z "${UPDATE:-}" ] || cp "$TMP/$name" "$expected"
	check "golden_${name//./_}_is_read_as_ever" diff -u "$expected" "$TMP/$name"
}

for recording in "$golden"/v*.recording; do
	version=$(basename "$recording" .recording)
	for command in summary modules processes events; do
		reads "$version" "$command.json" "$command" --json "$version.recording"
	done
	reads "$version" summary.txt summary "$version.recording"
	reads "$version" why.txt why shop.mtime "$version.recording"
done

# make_golden still makes the same bytes for the present version.
if check golden_builder_compiles "${CC:-cc}" -std=gnu11 -I"$TOP/include" -o "$TMP/make_golden" \
	"$golden/make_golden.c"; then
	"$TMP/make_golden" recording >"$TMP/made"
	check golden_builder_makes_the_same_bytes cmp "$TMP/made" "$golden/v1.recording"
fi
for file in "$TMP"/v*.json; do
	case $file in
	*events*) filter='[json.loads(line) for line in sys.stdin]' ;;
	*) filter='json.load(sys.stdin)' ;;
	esac
	name=$(basename "$file" .json | tr . _)
	check "golden_${name}_is_json" python3 -c "import json, sys; $filter" <"$file"
done

