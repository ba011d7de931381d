#!/bin/bash
# SPDX-License-Identifier: MIT
# The command of an advice, as the text prints it, makes as many bytes as were promised.

. "$(dirname "$0")/../lib.sh"

can_mount || skip_all "no mounts here"
python=$(python3_path)
py_info "$python"
app=$TMP/app
cd "$TMP" || exit 1

# Some packages of the standard library, without pycs.
make_app() {
	local library
	rm -rf "$app"
	mkdir "$app"
	library=$(clean_env "$python" -I -S -c 'import os; print(os.path.dirname(os.__file__))')
	cp -r "$library"/{json,logging,urllib} "$app"
	forget_pycs
}

forget_pycs() { find "$app" -name __pycache__ -prune -exec rm -r {} +; }

# Import all their modules: what the recording knows is then all that the command makes.
import_all() {
	"$@" env -i PATH="$SYSTEM_PATH" LD_PRELOAD="$LIB" PYCSHIM_RECORD="$TMP/rec" PYTHONPATH="$app" \
		"$python" -S -c 'import importlib, pkgutil
for package in "json", "logging", "urllib":
    module = importlib.import_module(package)
    for found in pkgutil.walk_packages(module.__path__, package + "."):
        importlib.import_module(found.name)'
}

disk_bytes() { du -s --block-size=1 "$app" | cut -f 1; }

# follow: follow the first advice of the recording, as the text has it.  Sets told and made,
# and leaves the command in a file.
follow() {
	local before command
	command=$(stat_json rec summary "d['advice'][0]['command']")
	told=$(stat_json rec summary "d['advice'][0]['costs_bytes']")
	"$PYCSTAT" rec | printed_command "$command" >printed
	before=$(disk_bytes)
	env -i PATH="$SYSTEM_PATH" sh -e printed
	made=$(($(disk_bytes) - before))
}

# within PERCENT TOLD MADE
within() { helper -c 'import sys
percent, told, made = map(int, sys.argv[1:])
assert 0 < made and abs(told - made) * 100 <= percent * made, (told, made)' "$@"; }

# Read-only: sizes are estimated.
make_app
import_all readonly_mount "$app"
follow
like "$(wc -l <printed)" '^[2-9]' text_has_it_on_several_lines
check estimated_bytes_are_about_those_that_the_command_makes within 15 "$told" "$made"
rm rec
import_all readonly_mount "$app"
is "$(stat_json rec modules "[m['source'] for m in d['modules'] if m['compiled'] and '/app/' in m['source']]")" '[]' \
	followed_advice_leaves_nothing_to_compile

# Two new containers: the pycs were written, and their sizes are known, also those of sources
# that are comments only.
make_app
for name in one two three; do
	yes '# a comment' | head -n 20000 >"$app/json/$name.py"
done
rm rec
import_all
forget_pycs
import_all
forget_pycs
follow
check known_bytes_are_those_that_the_command_makes within 1 "$told" "$made"

# A program that imports a small part of a package need not compile all of it.
make_app
rm rec
readonly_mount "$app" env -i PATH="$SYSTEM_PATH" LD_PRELOAD="$LIB" PYCSHIM_RECORD="$TMP/rec" PYTHONPATH="$app" \
	"$python" -S -c 'import urllib.parse'
less=$(stat_json rec summary "d['advice'][0]['text'].partition('lists for compileall -i, it would be about ')[2].rstrip('.')")
like "$less" '^[0-9.]+ KiB$' advice_says_what_only_the_imported_need "$("$PYCSTAT" rec)"
"$PYCSTAT" modules --paths rec >list
before=$(disk_bytes)
clean_env "$python" -m compileall -q -i list
made=$(($(disk_bytes) - before - 4096)) # with a __pycache__
check only_the_imported_need_what_was_told within 15 "$(helper -c 'import sys; print(int(float(sys.argv[1].split()[0]) * 1024))' "$less")" "$made"
