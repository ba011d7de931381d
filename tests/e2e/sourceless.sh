#!/bin/bash
# SPDX-License-Identifier: MIT
# Pycs without a source, and copied pycs: a pyc that is not in a cache is written in
# place, a pyc in a cache is visible as long as its source exists, and nothing is lost.

. "$(dirname "$0")/../lib.sh"

WORK=$TMP/work SHADOW=$TMP/shadow
python=$(python3_path)
py_info "$python"
begin_with() { # MODULE...: make a tree with these sources
	local name
	rm -rf "$WORK" "$SHADOW" && mkdir -p "$WORK/pkg"
	for name; do echo "value = '$name'" >"$WORK/pkg/$name.py"; done
}

# run COMMAND...: run in the directory, with the library; `alone`: without it
run() { (cd "$WORK" && clean_env LD_PRELOAD="$LIB" PYCSHIM_MODE=redirect PYCSHIM_ROOT="$SHADOW" PYCSHIM_RECORD=off "$@" 2>&1); }
play() { run "$python" "${py_flags[@]}" -c "import os, shutil, subprocess, sys; sys.path.insert(0, ''); tag = '$py_tag'
$1"; }
alone() { (cd "$WORK" && clean_env "$python" "${py_flags[@]}" -c "import sys; sys.path.insert(0, ''); $1" 2>&1); }
names() { (cd "$1" 2>/dev/null && find . -name '*.py[co]' | sort | tr '\n' ' '); }

# A pyc to copy, compiled elsewhere from a source with another name.
mkdir "$TMP/made"
echo "value = 'made'" >"$TMP/made/m.py"
(cd "$TMP/made" && clean_env "$python" "${py_flags[@]}" -m compileall -q -b m.py)

# --- without a source beside it
# ----------------------------------------------------------------

begin_with __init__
for how in "shutil.copyfile(made, 'pkg/m.pyc')" "shutil.copy2(made, 'pkg/m.pyc')" \
	"shutil.copy(made, 'pkg/m.pyc.123'); os.rename('pkg/m.pyc.123', 'pkg/m.pyc')" \
	"shutil.copy(made, 'x'); os.rename('x', 'pkg/m.pyc')" \
	"subprocess.check_call(['cp', '-p', made, 'pkg/m.pyc']); os.chmod('pkg/m.pyc', 0o600); os.utime('pkg/m.pyc')"; do
	rm -f "$WORK/pkg/m.pyc"
	is "$(play "made = '$TMP/made/m.pyc'; $how; import pkg.m; print(pkg.m.value)") $(alone 'import pkg.m; print(pkg.m.value)')" \
		"made made" "pyc_beside_no_source_is_in_place_after_${how//[^a-z0-9]/_}"
done
is "$(names "$SHADOW" | grep m.pyc)" "" pyc_beside_no_source_is_not_in_the_shadow
if can_mount; then
	begin_with __init__
	cat >"$TMP/refused.py" <<'END'
import os
try:
    open("pkg/m.pyc", "wb")
except OSError as error:
    print(error.errno, os.access("pkg/m.pyc", os.W_OK), os.path.exists("pkg/m.pyc"))
END
	is "$(cd "$WORK" && readonly_mount "$WORK" env -i LD_PRELOAD="$LIB" PYCSHIM_MODE=redirect PYCSHIM_ROOT="$SHADOW" \
		PYCSHIM_RECORD=off "$python" "${py_flags[@]}" "$TMP/refused.py" 2>&1)" "30 False False" \
		pyc_beside_no_source_is_refused_as_the_file_system_does
fi

# In either order, the pyc and the source of an archive both exist after it is unpacked.
begin_with __init__
play "shutil.copy('$TMP/made/m.pyc', 'pkg/m.pyc'); shutil.copy('$TMP/made/m.py', 'pkg/m.py')" >"$TMP/out"
is "$(cat "$TMP/out")$(play "print(sorted(os.listdir('pkg')))")" "['__init__.py', 'm.py', 'm.pyc']" pyc_before_its_source_is_there
begin_with __init__
play "shutil.copy('$TMP/made/m.py', 'pkg/m.py'); shutil.copy('$TMP/made/m.pyc', 'pkg/m.pyc')" >"$TMP/out"
is "$(cat "$TMP/out")$(play "print(sorted(os.listdir('pkg')))") $(names "$WORK")" "['__init__.py', 'm.py', 'm.pyc'] " \
	pyc_after_its_source_is_kept_in_the_shadow

# When the source of a pyc in the shadow is removed, Python imports the pyc, as in place.
for removal in "os.remove('pkg/m.py')" "os.rename('pkg/m.py', 'pkg/m.txt')" "subprocess.check_call(['rm', 'pkg/m.py'])"; do
	begin_with __init__ m
	run "$python" "${py_flags[@]}" -m compileall -q -b pkg >"$TMP/out"
	is "$(names "$WORK")$(names "$SHADOW$WORK")" "./pkg/__init__.pyc ./pkg/m.pyc " pycs_beside_their_sources_are_redirected
	is "$(play "$removal
import pkg.m
print(pkg.m.value)") $(alone 'import pkg.m; print(pkg.m.value)') $(names "$SHADOW$WORK" | grep -o 'm.pyc')" "m m " \
		"source_that_goes_by_${removal//[^a-z]/_}_leaves_its_pyc_in_place"
done

# --- in a cache --------------------------------------------------------------------------------

cache="pkg/__pycache__/m.$py_tag.pyc"
here="os.mkdir('pkg/__pycache__'); shutil.copy('$TMP/made/m.pyc', '$cache')"
show="print(os.path.exists('$cache'), sorted(os.listdir('pkg/__pycache__')))"
begin_with __init__
is "$(play "$here; $show; sys.stdout.flush(); subprocess.check_call([sys.executable, '-c', \"\"\"import os; $show\"\"\"])")" \
	"True ['m.$py_tag.pyc']"$'\n'"True ['m.$py_tag.pyc']" cache_without_a_source_is_seen_by_its_run
is "$(play "$show")" "False []" cache_without_a_source_is_not_seen_afterwards
begin_with __init__
play "$here; shutil.copy2('$TMP/made/m.py', 'pkg/m.py')" >"$TMP/out"
is "$(cat "$TMP/out")$(play "$show")" "True ['m.$py_tag.pyc']" cache_whose_source_follows_is_seen_afterwards

# When the program itself removes a source, no other file disappears.
begin_with __init__ m
play "import pkg.m" >"$TMP/out"
is "$(play "os.remove('pkg/m.py'); $show; os.remove('$cache'); $show")" \
	"True ['__init__.$py_tag.pyc', 'm.$py_tag.pyc']"$'\n'"False ['__init__.$py_tag.pyc']" \
	cache_of_a_removed_source_is_seen_by_its_process

# --- copies ------------------------------------------------------------------------------------

# With any times, a copy is as valid as the original: two look-ups, two hits.
begin_with __init__ m
play "import pkg.m" >"$TMP/out"
for how in "shutil.copytree('pkg', 'other')" "subprocess.check_call('cp -a pkg other', shell=True)" \
	"subprocess.check_call('mkdir other; tar cf - -C pkg . | tar xf - -C other', shell=True)" \
	"shutil.copytree('pkg', 'x'); os.rename('x', 'other')"; do
	run rm -rf other
	play "$how" >"$TMP/out"
	is "$(cat "$TMP/out")$(play "import other.m
print(other.m.value, sorted(os.listdir('other/__pycache__')))") $(run "$python" "${py_flags[@]}" -v -c "import sys; sys.path.insert(0, ''); import other.m" |
		grep -c 'matches.*other')" "m ['__init__.$py_tag.pyc', 'm.$py_tag.pyc'] 2" \
		"caches_are_hit_after_${how//[^a-z]/_}"
done
begin_with __init__ m
play "import pkg.m" >"$TMP/out"
is "$(play "os.utime('$cache', (10**9, 10**9))
print(int(os.stat('$cache').st_mtime))")$(play "print(int(os.stat('$cache').st_mtime))")" $'1000000000'1000000000 \
	times_that_the_program_sets_stay
touch "$WORK/pkg/m.py"
is "$(play "print(os.path.exists('$cache'))")" False pyc_with_other_times_is_not_of_a_changed_source

# --- a source that the program itself changes ----------------------------------------------------

# An unchecked pyc is used as in place, but not if the source was changed by a process
# without the library.
unchecked="import py_compile
py_compile.compile('pkg/m.py', invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)"
for change in "open('pkg/m.py', 'w').write('value = 0')" "open('x', 'w').write('value = 0'); os.replace('x', 'pkg/m.py')" \
	"os.utime('pkg/m.py')"; do
	begin_with __init__ m
	is "$(play "$unchecked
$change
import pkg.m; print(pkg.m.value)")" m "unchecked_pyc_is_used_after_${change//[^a-z]/_}"
done
begin_with __init__ m
play "$unchecked" >"$TMP/out"
echo "value = 'new'" >"$WORK/pkg/m.py"
is "$(cat "$TMP/out")$(play 'import pkg.m; print(pkg.m.value)')" new unchecked_pyc_is_not_used_after_a_change_by_others
