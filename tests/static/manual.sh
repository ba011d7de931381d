#!/bin/bash
# SPDX-License-Identifier: MIT
# The man pages: both have the same header, valid macros, and every option of --help.

. "$(dirname "$0")/../lib.sh"

cd "$TOP" || exit 1
version=$(sed -n 's/#define VERSION_STRING "\(.*\)"/\1/p' include/version.h)
for page in pycshim pycstat; do
	like "$(head -n 1 tools/$page.1)" \
		"^\.TH ${page^^} 1 \"20[0-9-]{8}\" \"pycshim $version\" \"User Commands\"\$" "manual_of_${page}_has_the_common_head"
	if command -v mandoc >/dev/null; then
		is "$(mandoc -T lint -W warning tools/$page.1)" "" "manual_of_${page}_has_sound_macros"
		mandoc -T utf8 tools/$page.1 | sed 's/.\x08//g' >"$TMP/$page"
	else
		skip "no mandoc" "manual_of_${page}_has_sound_macros"
		tr -d '\134' <tools/$page.1 >"$TMP/$page"
	fi
	for option in $("$TMP/bin/$page" --help | grep -oE -- '--[a-z-]{2,}' | sort -u); do
		check "manual_of_${page}_names_$option" grep -qw -e "$option" "$TMP/$page"
	done
done

# Each command of pycstat has its text, and its schema.
sed -n '/^COMMANDS/,/^[A-Z]/p' "$TMP/pycstat" >"$TMP/commands" || exit 1
sed -n '/^JSON/,/^[A-IK-Z]/p' "$TMP/pycstat" >"$TMP/schemas" || exit 1
mapfile -t commands < <(sed -n 's/^COMMAND(\([a-z]*\),.*/\1/p' tools/command/options.def)
check manual_of_pycstat_is_compared_with_commands test ${#commands[@]} -ge 5
for command in "${commands[@]}"; do
	check "manual_of_pycstat_tells_what_${command}_does" grep -qw "$command" "$TMP/commands"
	check "manual_of_pycstat_has_the_schema_of_${command}" grep -qw "$command" "$TMP/schemas"
done
