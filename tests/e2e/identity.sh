#!/bin/bash
# A shadow that outlives an image or a release: what it has of other sources is as if it
# were not there, also where times and sizes are equal, whatever the layout.

. "$(dirname "$0")/../lib.sh"

can_mount || skip_all "no mounts here"
APP=$TMP/app SHADOW=$TMP/shadow

# releases: two images with clamped times and sources of equal sizes; those of a number
# differ in their texts alone, and come into being within one tick of the clock
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

# on RELEASE [NAME=VALUE...] COMMAND...: with this release mounted at $APP, read-only
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
	is "$(find "$SHADOW" -name '*.note')" "" "${py_name}_imports_need_no_notes"
	is "$(seen 2)" "" "${py_name}_pycs_of_the_first_image_are_not_seen_on_the_second"
	is "$(hits 2)" "222 (3, 0)" "${py_name}_second_image_runs_its_own_code"
	is "$(hits 2)" "222 (3, 3)" "${py_name}_second_image_again_is_all_hits"
	# a valid pyc of the image is used, whatever the shadow has
	releases
	hits 1 >"$TMP/out"
	clean_env "$python" "${py_flags[@]}" -m compileall -q "$TMP/2" >"$TMP/out"
	is "$(hits 2)" "222 (3, 3)" "${py_name}_pycs_of_the_second_image_are_used"
	[ "$py_major" = 2 ] || is "$(seen 2 | grep -c pyc)" 4 "${py_name}_pycs_of_the_second_image_are_seen"
}

# What CPython itself would take without asking for time and size.
unchecked() {
	releases
	on 1 "$python" "${py_flags[@]}" -m compileall -q --invalidation-mode unchecked-hash "$APP" >"$TMP/out"
	is "$(hits 1)" "111 (3, 3)" "${py_name}_unchecked_hashes_are_hit"
	is "$(hits 2)" "222 (3, 0)" "${py_name}_unchecked_hashes_of_the_first_image_are_not_used"
}

# A module that the second image has not.
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
	if [ "$py_major" = 3 ] && [ "$py_minor" -ge 7 ]; then unchecked; fi
	[ "$py_kind" != cpython ] || ghosts # PyPy imports nothing without a source
done

python=$(python3_path)
py_info "$python"

# --- a shadow that is full of what is of no use ----------------------------------------------

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

# --- packages that go without the library ---------------------------------------------------

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

# Others met in a listing of the directory above, as at any start.
releases
hits 1 >"$TMP/out"
rm -r "$TMP/1/pkg"
on 1 "$python" "${py_flags[@]}" -c 'import os, sys; os.listdir(sys.argv[1])' "$APP" >"$TMP/out"
is "$(find "$SHADOW" -path '*/app/pkg*')" "" package_that_is_gone_leaves_the_shadow_at_a_listing
# What is no pyc in a cache stays as long as the directory above is there.
releases
on 1 "$python" "${py_flags[@]}" -c 'import os, sys
os.mkdir(sys.argv[1] + "/pkg/__pycache__")
open(sys.argv[1] + "/pkg/__pycache__/a.f-1.nbi", "w").close()' "$APP"
is "$(seen 2)" "pkg/__pycache__/a.f-1.nbi" what_is_no_pyc_stays
