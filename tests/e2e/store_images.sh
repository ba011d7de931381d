#!/bin/bash
# SPDX-License-Identifier: MIT
# The store where sources get new times, or all have the same: images with clamped times,
# functions in zips, git checkouts.  Nothing is compiled twice, and never wrong code runs.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/store.bash"

python=$(python3_path)
[ -n "$python" ] || skip_all "no CPython 3"
py_info "$python"
APP=$TMP/app

# redirected [NAME=VALUE...] COMMAND...: with the store and one shadow, recorded
redirected() { stored PYCSHIM_MODE=redirect PYCSHIM_ROOT="$SHADOW" "$@"; }

# release DIRECTORY NUMBER: modules that differ from those of another release in their text
# only: their sizes are equal, and so are their times, with one second of 1980
release() {
	local name
	mkdir -p "$1/pkg"
	for name in main pkg/__init__ pkg/a; do echo "value = $2 # $name" >"$1/$name.py"; done
	echo "common = 0" >"$1/pkg/common.py"
	find "$1" -name '*.py' -exec touch -d '1980-01-01 00:00:00 UTC' {} +
}
values='import sys; sys.path.insert(0, sys.argv[1])
import main, pkg.a, pkg.common
print(main.value, pkg.value, pkg.a.value)'

# --- images with clamped times -----------------------------------------------------------

# on RELEASE [NAME=VALUE...] COMMAND...: with this release mounted read-only at $APP
on() {
	# shellcheck disable=SC2016 # for the inner shell
	mounts sh -c 'mount --bind "$0" "$1" && mount -o remount,bind,ro "$1" && cd / && shift && exec "$@"' \
		"$TMP/$1" "$APP" env -i PATH="$SYSTEM_PATH" LD_PRELOAD="$LIB" PYCSHIM_STORE="$STORE" PYCSHIM_ROOT="$SHADOW" \
		PYCSHIM_ONLY="$TMP" PYCSHIM_RECORD="$TMP/recording" "${@:2}" "$python" "${py_flags[@]}" -c "$values" "$APP" 2>&1
}
if [ -n "$CAN_MOUNT" ]; then
	for mode in redirect trace deny; do
		rm -rf "$STORE" "$SHADOW" "$APP" "$TMP"/[12]
		mkdir "$APP" && release "$TMP/1" 1 && release "$TMP/2" 2
		on 1 PYCSHIM_MODE=redirect >/dev/null
		on 2 PYCSHIM_MODE=redirect >/dev/null
		rm -f "$TMP/recording"
		out=
		for number in 1 2 2 1 2 1; do out+=$(on $number PYCSHIM_MODE=$mode)/; done
		is "$out" '1 1 1/2 2 2/2 2 2/1 1 1/2 2 2/1 1 1/' "images_in_turns_run_their_own_code_in_$mode"
		is "$(counted lookups hits compiled)" '[24, 24, 0]' "images_in_turns_compile_nothing_in_$mode"
	done
	# at once: cold, so that some wait for others
	rm -rf "$STORE" "$SHADOW" && mkdir "$TMP/outs"
	pids=()
	for i in {1..16}; do
		on $((i % 2 + 1)) PYCSHIM_MODE=redirect >"$TMP/outs/$i" &
		pids+=($!)
	done
	wait "${pids[@]}"
	is "$(for i in {1..16}; do tr -d ' \n' <"$TMP/outs/$i"; done)" 222111222111222111222111222111222111222111222111 images_at_once_run_their_own_code
else
	skip "no mounts here" images_in_turns
fi

# --- zips, whose files have no times ---------------------------------------------------------

if PATH=$SYSTEM_PATH command -v unzip >/dev/null; then
	rm -rf "$STORE" "$SHADOW"
	for number in 1 2; do
		release "$TMP/function$number" $number
		helper -c 'import os, sys, zipfile
os.chdir(sys.argv[1])
with zipfile.ZipFile("../%s.zip" % os.path.basename(sys.argv[1]), "w") as file:
    for name in "main.py", "pkg/__init__.py", "pkg/a.py", "pkg/common.py":
        file.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), open(name).read())' "$TMP/function$number"
	done
	# deploy NUMBER: as a host of functions does
	deploy() { rm -rf "$APP" && unzip -q "$TMP/function$1.zip" -d "$APP" && chmod -R u=rwX,go=rX "$APP"; }
	out=
	for number in 1 2 1 2; do
		deploy $number
		rm -f "$TMP/recording"
		out+=$(redirected "$python" "${py_flags[@]}" -c "$values" "$APP" 2>&1)/$(counted compiled)/
	done
	is "$out" '1 1 1/[4]/2 2 2/[3]/1 1 1/[0]/2 2 2/[0]/' functions_in_zips_run_their_own_code_and_compile_once
	rm -rf "$SHADOW" "$TMP/recording" && deploy 1
	out=$(stored PYTHONDONTWRITEBYTECODE=1 "$python" -s -S -c "$values" "$APP" 2>&1)
	is "$out $(counted reused compiled)" '1 1 1 [4, 0]' function_that_writes_nothing_is_answered
else
	skip "no unzip" functions_in_zips
fi

# --- git ---------------------------------------------------------------------------------

if PATH=$SYSTEM_PATH command -v git >/dev/null; then
	rm -rf "$STORE" "$SHADOW" "$APP" && release "$APP" 1
	git() { clean_env git -c user.name=a -c user.email=a@b -c init.defaultBranch=main -C "$APP" "$@" >/dev/null 2>&1; }
	echo __pycache__ >"$APP/.gitignore"
	git init && git add . && git commit -m 1 && git checkout -b two && release "$APP" 2 && touch "$APP"/*.py "$APP"/pkg/*.py && git commit -am 2 &&
		git checkout --orphan nothing && git rm -rf . && git commit --allow-empty -m 0 && git checkout main
	is "$? $(cat "$APP/main.py")" '0 value = 1 # main' git_repository_is_made
	for mode in trace redirect; do
		rm -rf "$STORE" "$SHADOW" && find "$APP" -name __pycache__ -prune -exec rm -rf {} +
		touch -d '3 seconds ago' "$APP"/*.py "$APP"/pkg/*.py
		start() { rm -f "$TMP/recording" && stored PYCSHIM_MODE=$mode PYCSHIM_ROOT="$SHADOW" "$python" "${py_flags[@]}" -c "$values" "$APP" 2>&1; }
		is "$(start) $(counted compiled)" '1 1 1 [4]' "git_tree_compiles_first_in_$mode"
		before=$(stat -c %Y "$APP/main.py")
		git checkout nothing && git checkout main
		check "git_checkout_resets_times_in_$mode" [ "$(stat -c %Y "$APP/main.py")" != "$before" ]
		is "$(start) $(counted hits compiled)" '1 1 1 [4, 0]' "git_checkout_compiles_nothing_in_$mode"
		# in place, the interpreter itself does not see a change within a second
		sleep 1.1
		git checkout two
		is "$(start) $(counted compiled)" '2 2 2 [3]' "git_checkout_of_another_branch_runs_it_in_$mode"
		sleep 1.1
		git checkout main
		is "$(start) $(counted compiled)" '1 1 1 [0]' "git_checkout_of_the_first_branch_compiles_nothing_in_$mode"
	done
	rm -rf "$SHADOW" "$TMP/clone" && git clone -q "$APP" "$TMP/clone"
	rm -f "$TMP/recording"
	out=$(stored "$python" "${py_flags[@]}" -c "$values" "$TMP/clone" 2>&1)
	is "$out $(counted reused compiled)" '1 1 1 [4, 0]' git_clone_elsewhere_compiles_nothing
else
	skip "no git" git_checkout
fi
