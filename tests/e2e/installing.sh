#!/bin/bash
# SPDX-License-Identifier: MIT
# pip and venv, offline, from a wheel made here.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/pair.bash"

python=/usr/bin/python3
[ -x "$python" ] || skip_all "no $python"
clean_env "$python" -s -c 'import pip' 2>/dev/null || skip_all "no pip"
py_info "$python"

# make_wheel VERSION VALUE
make_wheel() {
	helper -c '
import sys, zipfile
info = "demo-%s.dist-info/" % sys.argv[2]
files = {"demo/__init__.py": "import demo.part\n", "demo/part.py": "value = %s\n" % sys.argv[3],
         info + "METADATA": "Metadata-Version: 2.1\nName: demo\nVersion: %s\n" % sys.argv[2],
         info + "WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"}
files[info + "RECORD"] = "".join(n + ",,\n" for n in files) + info + "RECORD,,\n"
with zipfile.ZipFile(sys.argv[1], "w") as wheel:
    for name, text in files.items():
        wheel.writestr(name, text)' "$TMP/demo-$1-py3-none-any.whl" "$@"
}
make_wheel 1.0 5
make_wheel 2.0 6

# pip unpacks, compiles and moves whole trees, but imports nothing that it installs
pip=("$python" -s -m pip -qq --disable-pip-version-check --no-color)
setting=(TMPDIR="$WORK" PIP_CONFIG_FILE=/dev/null PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore)
oracle=(--no-imports "$WORK")
warm_up "${pip[@]}" install --no-index --no-deps --target lib "$TMP/demo-1.0-py3-none-any.whl"
pair pip_install_counts_compiled "${pip[@]}" install --no-index --no-deps --target lib \
	"$TMP/demo-1.0-py3-none-any.whl"
pair pip_install_no_compile_counts_nothing "${pip[@]}" install --no-compile --no-index --no-deps \
	--target lib "$TMP/demo-1.0-py3-none-any.whl"

# life NAME [NAME=VALUE...]: install, upgrade and remove packages; output in life.NAME
life() {
	local name=$1
	shift
	rm -rf "$TMP/life"
	mkdir "$TMP/life"
	clean_env TMPDIR="$TMP/home" PIP_ROOT_USER_ACTION=ignore PIP_CONFIG_FILE=/dev/null PIP_NO_CACHE_DIR=1 \
		"$@" "$python" -s "$HERE/installing_life.py" "$TMP/life" "$TMP/demo-1.0-py3-none-any.whl" \
		"$TMP/demo-2.0-py3-none-any.whl" "$TMP/in_place.$name" >"$TMP/life.$name" 2>&1
	echo "exit $?" >>"$TMP/life.$name"
}
life without
like "$(cat "$TMP/life.without")" "exit 0" package_life_ends_well
is "$(grep -cE '^([a-z]+ )?import 0 [0-9]' "$TMP/life.without")" 14 package_life_imports "$(cat "$TMP/life.without")"

SHADOW=$TMP/shadow
for mode in trace redirect deny; do
	life $mode LD_PRELOAD="$LIB" PYCSHIM_MODE=$mode PYCSHIM_ROOT="$SHADOW" PYCSHIM_RECORD="$TMP/life.rec"
	same "package_life_is_as_without_in_$mode" "$TMP/life.$mode" "$TMP/life.without"
done
check package_life_leaves_pycs_in_place_without grep -q 'site-packages/pip/' "$TMP/in_place.without"
is "$(cat "$TMP/in_place.redirect" "$TMP/in_place.deny")" "" package_life_leaves_none_in_redirect_and_deny
is "$(find "$SHADOW" | grep -E 'demo|/life/')" "" package_life_leaves_nothing_in_the_shadow
is "$(stat_json "$TMP/life.rec" summary .damaged_bytes)" 0 package_life_recording_is_whole
