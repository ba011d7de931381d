#!/bin/bash
# SPDX-License-Identifier: MIT
#
# pycstat image judges pycs as each interpreter does, stays inside its root, and survives
# hostile trees.

. "$(dirname "$0")/../lib.sh"

cd "$TMP" || exit 1

# of FILE EXPRESSION: a value of the JSON of an image
of() { helper -c 'import json, sys; d = json.load(open(sys.argv[1])); print(eval(sys.argv[2]))' "$1" "$2"; }

# Modules whose pycs are valid, missing, and stale or unreadable for each reason.
cat >make.py <<'END'
import os, py_compile, sys
names = "valid missing mtime size magic flags short empty checked checked_old unchecked folder".split()
hashes = sys.version_info >= (3, 7)
if "PyPy" in sys.version:
    names.remove("magic")  # no table has it; it is tried below
os.makedirs("tree/p")
open("tree/p/__init__.py", "w").close()
for name in names:
    source = "tree/p/%s.py" % name
    with open(source, "w") as file:
        file.write("value = 1\n")
    if name == "missing":
        continue
    if hashes and "checked" in name:
        mode = py_compile.PycInvalidationMode
        pyc = py_compile.compile(source, doraise=True, invalidation_mode=mode.UNCHECKED_HASH if name == "unchecked" else mode.CHECKED_HASH)
    else:
        pyc = py_compile.compile(source, doraise=True) or source + ("c" if __debug__ else "o")
    with open(pyc, "rb") as file:
        code = bytearray(file.read())
    if name in ("mtime", "checked", "unchecked"):
        os.utime(source, (10**9, 10**9))
    if name in ("size", "checked_old"):
        status = os.stat(source)
        with open(source, "a") as file:
            file.write("more = 2\n")
        os.utime(source, (int(status.st_mtime), int(status.st_mtime)))
    if name == "magic":
        code[0] ^= 1
    if name == "flags" and hashes:
        code[4] |= 4
    if name == "short":
        code = code[:6]
    if name == "empty":
        code = code[:0]
    os.remove(pyc)
    if name == "folder":
        os.mkdir(pyc)
    else:
        with open(pyc, "wb") as file:
            file.write(code)
END

# Nine modules: the pyc of one is whole, the others are cut at an eighth, two eighths, ...
cat >cut.py <<'END'
import py_compile
for part in range(9):
    source = "cut/m%d.py" % part
    with open(source, "w") as file:
        for number in range(100):
            file.write("def f%d(x):\n    return x + %d\n" % (number, number) if number % 9 == 0 else "v%d = '%s'\n" % (number, chr(65 + number % 26) * number))
    pyc = py_compile.compile(source, doraise=True) or source + "c"
    with open(pyc, "rb") as file:
        code = file.read()
    if part:
        with open(pyc, "wb") as file:
            file.write(code[:24 + (len(code) - 32) * (part - 1) // 8])
END

# count_used PYTHON [-O|-OO]: make the tree, and set `used` to how many of its pycs are valid
count_used() {
	local module source
	rm -rf tree
	clean_env "$@" make.py || return
	used=0
	for source in tree/p/*.py; do
		module=$(basename "$source" .py)
		(cd tree && clean_env "$@" -v -B -S -c "import p.$module" 2>&1) |
			grep -q "p/\(__pycache__/\)\?$module\.[a-z0-9.-]* matches " && used=$((used + 1))
	done
}

while read -r python; do
	name=$(basename "$(dirname "$(dirname "$python")")-$(basename "$python")")
	count_used "$python" || continue
	"$PYCSTAT" image --json tree >json 2>err
	is "$?:$(cat err)" 0: "image_of_${name}_is_read"
	is "$(of json "[i['valid'] for i in d['interpreters'] if i['valid'] + i['stale']]")" "[$used]" \
		"image_of_${name}_has_the_valid_pycs_that_it_uses" "$(cat json)"
	is "$(of json "sum(i['missing'] + i['stale'] + i['unreadable'] + i['valid'] + i['unproven'] - i['sources'] for i in d['interpreters'])")" \
		0 "image_of_${name}_counts_each_source_once"

	for optimised in 1:-O 2:-OO; do
		count_used "$python" "${optimised#*:}"
		"$PYCSTAT" image --json tree >json 2>err
		level=${optimised%:*} compiled=$(find tree -name '*.py[co]' | wc -l)
		# beside a source, one with another magic number is not Python 2's
		[ ! -e tree/p/valid.pyo ] || level=other compiled=$((compiled - 1))
		is "$(of json "[[l['valid'], l['valid'] + l['stale'] + l['unreadable']] for i in d['interpreters'] for l in i['optimised_levels'] if l['level'] == '$level']")" \
			"[[$used, $compiled]]" "image_of_${name}_judges_pycs_of_${optimised#*:}" "$(cat json)"
		is "$(of json "[(i['optimised'], i['valid'] + i['stale'] + i['unreadable'], i['missing'] - i['sources']) for i in d['interpreters']]")" \
			"[($compiled, 0, 0)]" "image_of_${name}_counts_no_other_start_for_${optimised#*:}"
	done
	like "$("$PYCSTAT" image tree | tr -s ' \n' ' ')" "optimised (by -OO|otherwise): $used valid, [0-9]+ stale" "image_of_${name}_tells_optimised_pycs"

	# a body that is cut short anywhere is damaged, as the interpreter finds
	rm -rf cut && mkdir cut
	clean_env "$python" cut.py
	"$PYCSTAT" image --json cut >json 2>err
	is "$(of json "[(i['sources'], i['valid'], i['stale'], i['stale_reasons']['truncated'], i['damaged']) for i in d['interpreters'] if i['sources']]")" \
		"[(9, 1, 8, 8, 8)]" "image_of_${name}_tells_pycs_that_are_cut_short" "$(cat json)"
	told=$(of json "d['advice'][0]['costs_bytes']") before=$(of json "d['interpreters'][0]['pyc_bytes']")
	read -ra words <<<"$(of json "d['advice'][0]['command']")"
	clean_env "$python" "${words[@]:1}"
	"$PYCSTAT" image --json cut >json 2>err
	is "$(of json "d['interpreters'][0]['valid'], d['interpreters'][0]['damaged']")" "(9, 0)" \
		"image_of_${name}_names_a_command_that_mends_damaged_pycs" "${words[*]}"
	is "$(of json "0.5 < $told / (d['interpreters'][0]['pyc_bytes'] - $before) < 1.5")" True \
		"image_of_${name}_tells_by_how_much_damaged_pycs_grow" "$told from $before: $(cat json)"
done < <(pythons)

# --- --fail-if -----------------------------------------------------------------------

count_used "$(python3_path)"
"$PYCSTAT" image --fail-if 'stale>100' tree >/dev/null 2>err
is "$?:$(cat err)" 0: fail_if_that_does_not_hold_is_silent
"$PYCSTAT" image --fail-if 'stale>0' tree >/dev/null 2>err
is "$?" 2 fail_if_that_holds_ends_with_2 "$(cat err)"
"$PYCSTAT" image --fail-if 'stal>0' tree >/dev/null 2>err
is "$?" 64 fail_if_of_an_unknown_key_is_wrong_usage
like "$(cat err)" "did you mean 'stale'" fail_if_of_an_unknown_key_has_a_hint

# --- a root, and hostile trees ---------------------------------------------------------

mkdir -p root/app/__pycache__ outside
echo 'x = 1' >outside/secret.py
mkfifo root/app/pipe.py root/app/__pycache__/x.cpython-311.pyc
ln -s "$TMP/outside/secret.py" root/app/escape.py
ln -s /app/real.py root/app/inside.py
echo 'x = 1' >root/app/real.py
echo 'x = 1' >root/app/x.py
ln -s .. root/app/loop
ln -s /dev/zero root/app/__pycache__/real.cpython-311.pyc
printf 'x = 1\n' >root/app/$'a\033[31m\n\xff.py'
timeout 100 "$PYCSTAT" image --root root --json /app >json 2>err
is "$?:$(cat err)" 0: image_of_a_hostile_tree_ends
is "$(of json "[(i['tag'], i['sources'], i['unreadable']) for i in d['interpreters']]")" "[('cpython-311', 4, 2)]" \
	image_of_a_root_follows_links_inside_it
timeout 100 "$PYCSTAT" image --root root /app >text 2>err
check image_prints_no_control_characters helper -c '
text = open("text", "rb").read()
assert b"\x1b" not in text and b"cpython-311" in text, text'

# --- whose sources they are -------------------------------------------------------------

rm -rf root && mkdir -p root/usr/bin root/usr/lib/python3.9/json root/usr/lib/python3.11/json \
	root/usr/lib/node_modules/gyp root/usr/share/tool root/home/.rustup/etc root/app/pkg \
	root/srv/site/.venv/lib/python3.9/site-packages/p root/srv/cached/__pycache__
touch root/usr/bin/python3.9 root/usr/bin/python3.11
for directory in usr/lib/python3.9/json usr/lib/python3.11/json usr/lib/node_modules/gyp \
	usr/share/tool home/.rustup/etc app/pkg srv/site \
	srv/site/.venv/lib/python3.9/site-packages/p srv/cached; do
	echo 'x = 1' >root/$directory/m.py
done
touch root/srv/cached/__pycache__/m.cpython-39.pyc
"$PYCSTAT" image --root root --json >json 2>err
is "$?:$(cat err)" 0: image_of_two_interpreters_is_read
is "$(of json "sorted((p['tag'], p['directory']) for p in d['packages'])")" \
	"[('cpython-311', '/app'), ('cpython-311', '/usr/lib/python3.11'), ('cpython-39', '/srv/cached'), ('cpython-39', '/srv/site'), ('cpython-39', '/srv/site/.venv/lib/python3.9/site-packages/p'), ('cpython-39', '/usr/lib/python3.9')]" \
	image_gives_each_source_to_the_interpreter_that_imports_it
is "$(of json "d['sources'], d['other_sources'], d['assumed_sources'], d['assumed_tag']")" "(6, 3, 1, 'cpython-311')" \
	image_tells_whose_sources_are_guessed_and_whose_are_not_python
is "$(of json "[word for word in ('node_modules', 'rustup', 'share/tool') if word in str(d['advice'])]")" "[]" \
	image_names_no_foreign_tree_in_a_command

# --- a directory that two interpreters share counts once --------------------------------

touch root/srv/cached/__pycache__/m.cpython-311.pyc
"$PYCSTAT" image --root root --json /srv/cached >json 2>err
is "$(of json "d['sources'], [i['sources'] for i in d['interpreters']]")" "(1, [1, 1])" \
	image_counts_a_shared_source_once_in_the_total
"$PYCSTAT" image --root root --fail-if 'sources>1' /srv/cached >text 2>err
is "$?" 0 image_fail_if_counts_a_shared_source_once "$(cat err)"
like "$(head -1 text)" "Bytecode of 1 sources" image_heading_counts_a_shared_source_once

# --- packing has reset the times --------------------------------------------------------

rm -rf reset && mkdir -p reset/packed reset/edited
for module in a b c; do echo 'x = 1' >reset/packed/$module.py; done
echo 'x = 1' >reset/edited/other.py
helper -c 'import compileall; compileall.compile_dir("reset", quiet=1, force=True)'
touch -d @1234567890 reset/edited/other.py
for module in a b c; do touch -d "@10000$((16#$module))000" reset/packed/$module.py; done
"$PYCSTAT" image --json reset >json 2>err
is "$(of json "d['times_reset'], [a['code'] for a in d['advice']][0]")" "(False, 'compileall')" \
	image_of_sources_with_times_of_their_own_is_not_taken_for_a_packed_one
touch -d @1000000000 reset/packed/*.py
"$PYCSTAT" image --json reset >json 2>err
is "$(of json "d['times_reset'], d['advice'][0]['code']")" "(True, 'reset_times')" \
	image_reset_times_are_not_hidden_by_another_stale_source
"$PYCSTAT" image reset >text 2>err
like "$(tr -s ' \n' ' ' <text)" "Packing has reset the times: 3 of 4 stale sources" image_tells_reset_times

# --- a magic number that no table has ----------------------------------------------------

rm -rf root && mkdir -p root/usr/bin root/usr/lib/pypy3.9/__pycache__ root/app/__pycache__
touch root/usr/bin/pypy3.9
# pypy_pyc DIRECTORY MODULE MAGIC: a module, and its pyc with this magic number
pypy_pyc() {
	echo 'x = 1' >"$1/$2.py"
	helper -c '
import os, struct, sys
source, pyc, magic = sys.argv[1:]
status = os.stat(source)
code = b"c" + bytes(24) + b"N" * 8 + struct.pack("<I", 1) + b"s" + bytes(4)
with open(pyc, "wb") as file:
    file.write(struct.pack("<H2sIII", int(magic), b"\r\n", 0, int(status.st_mtime), status.st_size) + code)' \
		"$1/$2.py" "$1/__pycache__/$2.pypy39.pyc" "$3"
}
for module in a b c; do pypy_pyc root/usr/lib/pypy3.9 $module 336; done
pypy_pyc root/usr/lib/pypy3.9 d 320
pypy_pyc root/app own 336
pypy_pyc root/app other 320
for paths in / /app; do
	"$PYCSTAT" image --root root --json $paths >json 2>err
	is "$(of json "[(i['valid'], i['stale'], i['stale_reasons']['magic'], i['unproven']) for i in d['interpreters']]")" \
		"$([ $paths = /app ] && echo "[(1, 1, 1, 0)]" || echo "[(4, 2, 2, 0)]")" \
		"image_of_${paths}_learns_the_magic_of_pypy_from_its_library" "$(cat json)"
done
rm -r root/usr
"$PYCSTAT" image --root root --json /app >json 2>err
is "$(of json "[(i['valid'], i['stale'], i['unproven']) for i in d['interpreters']]")" "[(0, 0, 2)]" \
	image_without_the_library_of_pypy_proves_nothing "$(cat json)"
like "$("$PYCSTAT" image --root root /app | tr -s ' \n' ' ')" "2 perhaps valid" image_tells_what_is_not_proven

# --- what is left out is reported -------------------------------------------------------

rm -rf odd && mkdir -p odd/file odd/link odd/kept
echo 'x = 1' >odd/file/m.py
echo 'x = 1' >odd/link/m.py
helper -c 'import py_compile; py_compile.compile("odd/link/m.py", doraise=True)'
mv odd/link/__pycache__ odd/kept/caches
ln -s ../kept/caches odd/link/__pycache__
echo >odd/file/__pycache__
"$PYCSTAT" image --json odd >json 2>err
is "$?:$(of json "sum(i['valid'] for i in d['interpreters'])")" "0:1" image_reads_a_cache_that_is_a_link "$(cat json)"
like "$(cat err)" "odd/file/__pycache__: is not a directory, .* \(1 of these\)" image_names_a_cache_that_is_a_file
helper -c '
import os
os.chdir("odd")
for level in range(300):
    os.mkdir("d")
    os.chdir("d")'
"$PYCSTAT" image --json odd >json 2>err
is "$?" 1 image_deeper_than_it_reads_is_an_error
like "$(cat err)" "/d: cannot read: too many levels \(1 such" image_names_the_directory_that_is_too_deep
