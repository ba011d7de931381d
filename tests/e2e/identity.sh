#!/bin/bash
# SPDX-License-Identifier: MIT
# A shadow that outlives an image or a release: pycs of other sources in it are ignored,
# also when times and sizes are equal, with every layout.

. "$(dirname "$0")/../lib.sh"

can_mount || skip_all "no mounts here"
APP=$TMP/app SHADOW=$TMP/shadow

# releases: make two images whose sources have equal (clamped) times and equal sizes, and
# differ only in their text; the files of each are created within one tick of the clock
releases() {
	rm -rf "$TMP/1" "$TMP/2" "$SHADOW"
	helper -c 'import os, sys
for number in "12":
    top = sys.argv[1] + "/" + number
    os.makedirs(top + "/pkg/sub")
    for name in "pkg/__init__", "pkg/a", "pkg/sub/__init__", "only" + number:
        with open("%s/%s.py" % (top, name), "w") as file:
            file.write("value = %r\n" % number)
        os.utime(file.name, (1, 1))' "$TMP"
	mkdir -p "$APP"
}

# on RELEASE [NAME=VALUE...] COMMAND...: run with this release mounted read-only at $APP
on() {
	local release=$1
	shift
	# shellcheck disable=SC2016 # for the inner shell
	mounts sh -c 'mount --bind "$0" "$1" && mount -o remount,bind,ro "$1" && cd / && shift && exec "$@"' \
		"$TMP/$release" "$APP" env -i PATH="$SYSTEM_PATH" LD_PRELOAD="$LIB" PYCSHIM_MODE=redirect \
		PYCSHIM_ROOT="$SHADOW" PYCSHIM_ONLY="$TMP" PYCSHIM_RECORD="$TMP/recording${suffix-}" "$@" 2>&1
}

values='import sys; sys.path.insert(0, "'$APP'")
import pkg.a, pkg.sub
print(pkg.value + pkg.a.value + pkg.sub.value)'
alone='import sys; sys.path.insert(0, "'$APP'")
try:
    import only1
    print("ghost")
except ImportError:
    print("none")'

# hits RELEASE: start, and print the values with the look-ups and hits
hits() {
	rm -f "$TMP/recording"
	echo "$(on "$1" "$python" "${py_flags[@]}" -c "$values") $(stat_json "$TMP/recording" summary \
		'd["totals"]["lookups"], d["totals"]["hits"]')"
}

seen() { on "$1" "$python" "${py_flags[@]}" -c 'import os, sys
for top, directories, names in sorted(os.walk(sys.argv[1])):
    for name in sorted(names):
        path = os.path.join(top, name)
        if not name.endswith(".py"):
            os.stat(path), open(path).close()
            print(os.path.relpath(path, sys.argv[1]))' "$APP"; }

images() {
	releases
	is "$(hits 1)" "111 (3, 0)" "${py_name}_first_image_runs"
	is "$(hits 1)" "111 (3, 3)" "${py_name}_first_image_again_is_all_hits"
	is "$(seen 2)" "" "${py_name}_pycs_of_the_first_image_are_not_seen_on_the_second"
	is "$(hits 2)" "222 (3, 0)" "${py_name}_second_image_runs_its_own_code"
	is "$(hits 2)" "222 (3, 3)" "${py_name}_second_image_again_is_all_hits"
	# a valid pyc of the image is used even if the shadow has another one
	releases
	hits 1 >"$TMP/out"
	clean_env "$python" "${py_flags[@]}" -m compileall -q "$TMP/2" >"$TMP/out"
	is "$(hits 2)" "222 (3, 3)" "${py_name}_pycs_of_the_second_image_are_used"
	[ "$py_major" = 2 ] || is "$(seen 2 | grep -c pyc)" 4 "${py_name}_pycs_of_the_second_image_are_seen"
}

# The same content at the same path, with the same time and size, but in other files.
copies() {
	releases
	hits 1 >"$TMP/out"
	cp -a "$TMP/1" "$TMP/copy" && rm -r "$TMP/1" && mv "$TMP/copy" "$TMP/1"
	is "$(hits 1)" "111 (3, 3)" "${py_name}_copy_of_the_image_is_all_hits"
	chmod -R o-r "$TMP/1"
	is "$(hits 1)" "111 (3, 3)" "${py_name}_image_with_other_permissions_is_all_hits"
	# the stamp is the new one now: nothing is hashed again
	is "$(find "$SHADOW" -name '*.pyc' -printf '%T@\n' | sort)" \
		"$(find "$SHADOW" -name '*.note' -printf '%l\n' | sed -E 's/([0-9]{9})=.*/.\1/; s/$/0/' | sort)" \
		"${py_name}_notes_have_the_stamps_of_the_pycs"
	# an edit in the same second that keeps the size
	sed -i 's/1/3/' "$TMP/1/pkg/a.py" && touch -d @1 "$TMP/1/pkg/a.py"
	is "$(hits 1)" "131 (3, 2)" "${py_name}_edit_of_one_source_is_seen"
	is "$(hits 1)" "131 (3, 3)" "${py_name}_edited_source_is_a_hit_then"
}

# Unchecked pycs, which CPython uses without comparing time and size.
unchecked() {
	releases
	on 1 "$python" "${py_flags[@]}" -m compileall -q --invalidation-mode unchecked-hash "$APP" >"$TMP/out"
	is "$(hits 1)" "111 (3, 3)" "${py_name}_unchecked_hashes_are_hit"
	is "$(hits 2)" "222 (3, 0)" "${py_name}_unchecked_hashes_of_the_first_image_are_not_used"
}

# A module that the second image does not have.
ghosts() {
	releases
	if [ "$py_major" = 3 ]; then
		on 1 "$python" "${py_flags[@]}" -m compileall -q -b "$APP" >"$TMP/out"
	else
		on 1 "$python" "${py_flags[@]}" -m compileall -q "$APP" >"$TMP/out"
	fi
	check "${py_name}_module_beside_its_source_is_compiled" test -e "$SHADOW$APP/only1.pyc"
	is "$(on 2 "$python" "${py_flags[@]}" -c "$alone")" none "${py_name}_module_that_is_gone_is_not_imported"
	is "$(find "$SHADOW" -name 'only1*')" "" "${py_name}_module_that_is_gone_leaves_the_shadow"
}

for python in $(pythons); do
	py_info "$python"
	images
	[ "$py_major" = 2 ] || copies # 2.7 reads sources by stdio, where they are not hashed
	if [ "$py_major" = 3 ] && [ "$py_minor" -ge 7 ]; then unchecked; fi
	[ "$py_kind" != cpython ] || ghosts # PyPy imports nothing without a source
done

python=$(python3_path)
py_info "$python"

# --- a shadow that is full of unusable pycs
# --------------------------------------------------

SHADOW=$TMP/small/shadow
mkdir "$TMP/small"
releases
clean_env "$python" "${py_flags[@]}" -m compileall -q "$TMP/2" >"$TMP/out"
# shellcheck disable=SC2016 # for the inner shell
export APP SHADOW TMP LIB SYSTEM_PATH
small_tmpfs 256k "$TMP/small" bash -c "$(declare -f on mounts is_root)"'
	start() { suffix=.$1 on "$1" "$2" "${@:4}" -c "$3"; }
	start 1 "$@"
	dd if=/dev/zero of="$TMP/small/filler" bs=1k 2>/dev/null
	start 2 "$@"' - "$python" "$values" "${py_flags[@]}" >"$TMP/out" 2>&1
is "$(cat "$TMP/out")" $'111\n222' full_shadow_of_another_image_lets_the_program_run
is "$(stat_json "$TMP/recording.2" summary '[d["totals"][n] for n in ("lookups", "hits", "compiled")]')" "[3, 3, 0]" \
	full_shadow_of_another_image_leaves_the_pycs_in_place_in_use
SHADOW=$TMP/shadow

# --- packages that are removed without the library
# ------------------------------------------

releases
hits 1 >"$TMP/out"
rm -r "$TMP/1/pkg/sub"
is "$(on 1 "$python" "${py_flags[@]}" -c 'import os, sys
sys.path.insert(0, sys.argv[1])
cache = sys.argv[1] + "/pkg/sub/__pycache__"
for directory in "/pkg/sub", "/pkg/sub/__pycache__":
    try:
        print(os.listdir(sys.argv[1] + directory))
    except OSError as error:
        print(error.errno)
print(os.path.exists(cache), os.path.isdir(cache + "/.."), os.path.exists(sys.argv[1] + "/pkg/sub"))
try:
    import pkg.sub
except ImportError as error:
    print(type(error).__name__)' "$APP")" "2
2
False False False
ModuleNotFoundError" package_that_is_gone_is_not_there
is "$(seen 1 | grep sub)" "" caches_of_a_package_that_is_gone_are_not_listed
is "$(find "$SHADOW" -path '*/pkg/sub*')" "" package_that_is_gone_leaves_the_shadow
check package_that_stays_keeps_its_shadow test -e "$SHADOW$APP/pkg/__pycache__/a.$py_tag.pyc"

# Listing the directory above also removes them from the shadow; every start lists it.
releases
hits 1 >"$TMP/out"
rm -r "$TMP/1/pkg"
on 1 "$python" "${py_flags[@]}" -c 'import os, sys; os.listdir(sys.argv[1])' "$APP" >"$TMP/out"
is "$(find "$SHADOW" -path '*/app/pkg*')" "" package_that_is_gone_leaves_the_shadow_at_a_listing
# A file in a cache that is no pyc stays as long as the cache's parent directory exists.
releases
on 1 "$python" "${py_flags[@]}" -c 'import os, sys
os.mkdir(sys.argv[1] + "/pkg/__pycache__")
open(sys.argv[1] + "/pkg/__pycache__/a.f-1.nbi", "w").close()' "$APP"
is "$(seen 2)" "pkg/__pycache__/a.f-1.nbi" what_is_no_pyc_stays

# A process that has removed a source once does not take the pyc of a later one for its own,
# when somebody without the library has removed that one, too.  Times and sizes are equal.
cat >"$TMP/again.py" <<'END'
import importlib, os, shutil, subprocess, sys
top = sys.argv[1]
sys.path.insert(0, top)


def run(value):
    os.makedirs(top, exist_ok=True)
    with open(top + "/k.py", "w") as file:
        file.write("v = %d\n" % value)
    os.utime(file.name, (1000000000, 1000000000))
    sys.modules.pop("k", None)
    sys.path_importer_cache.clear()
    return importlib.import_module("k").v


values = [run(1)]
shutil.rmtree(top)
values.append(run(2))
subprocess.call(["rm", "-rf", top], env={"PATH": "/usr/bin:/bin"})
print(values + [run(3)])
END
rm -rf "$SHADOW"
is "$(clean_env LD_PRELOAD="$LIB" PYCSHIM_MODE=redirect PYCSHIM_ROOT="$SHADOW" PYCSHIM_RECORD=off \
	"$python" "${py_flags[@]}" "$TMP/again.py" "$TMP/again" 2>&1)" "[1, 2, 3]" \
	source_removed_by_others_has_no_pyc

# A source changes while it is compiled, and its line is shown with a warning: the pyc belongs to
# what was compiled, and not to what was read then.  Times and sizes are equal.
cat >"$TMP/warned.py" <<'END'
import os, sys, warnings
source = sys.argv[1] + "/m.py"


def put(number):
    with open(source, "w") as file:
        file.write("v = %d\nx = v is 1\n" % number)
    os.utime(source, (1000000000, 1000000000))


def show(*rest, **more):
    put(2)
    with open(source, "rb") as file:
        file.read()


warnings.showwarning = show
warnings.simplefilter("always", SyntaxWarning)
put(1)
sys.path.insert(0, sys.argv[1])
import m
print(m.v)
END
for python in $(pythons); do
	py_info "$python"
	[ "$py_kind$py_major" = cpython3 ] || continue
	[ "$py_minor" -ge 8 ] || continue # it warns of "is" with a number
	rm -rf "$SHADOW" "$TMP/warns" && mkdir "$TMP/warns"
	redirected=(LD_PRELOAD="$LIB" PYCSHIM_MODE=redirect PYCSHIM_ROOT="$SHADOW" PYCSHIM_RECORD=off "$python" "${py_flags[@]}")
	is "$(clean_env "${redirected[@]}" "$TMP/warned.py" "$TMP/warns" 2>&1)" 1 "${py_name}_source_changes_while_it_is_compiled"
	is "$(clean_env "${redirected[@]}" -W ignore -c 'import sys; sys.path.insert(0, sys.argv[1]); import m; print(m.v)' \
		"$TMP/warns" 2>&1)" 2 "${py_name}_pyc_of_a_source_that_changed_is_not_used"
done
