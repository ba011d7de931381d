#!/bin/bash
# The man pages: one head for both, sound macros, and every option of the help.

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
