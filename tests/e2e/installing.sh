#!/bin/bash
# pip and venv, offline, from a wheel made here.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/pair.bash"

python=/usr/bin/python3
[ -x "$python" ] || skip_all "no $python"
clean_env "$python" -s -c 'import pip' 2>/dev/null || skip_all "no pip"
py_info "$python"

helper -c '
import sys, zipfile
files = {"demo/__init__.py": "import demo.part\n", "demo/part.py": "value = 5\n",
         "demo-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n",
         "demo-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"}
files["demo-1.0.dist-info/RECORD"] = "".join(n + ",,\n" for n in files) + "demo-1.0.dist-info/RECORD,,\n"
with zipfile.ZipFile(sys.argv[1], "w") as wheel:
    for name, text in files.items():
        wheel.writestr(name, text)' "$TMP/demo-1.0-py3-none-any.whl"

# pip unpacks, compiles and moves whole trees; it loads nothing of what it installs
pip=("$python" -s -m pip -qq --disable-pip-version-check --no-color)
setting=(TMPDIR="$WORK" PIP_CONFIG_FILE=/dev/null PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore)
oracle=(--no-imports "$WORK")
warm_up "${pip[@]}" install --no-index --no-deps --target lib "$TMP/demo-1.0-py3-none-any.whl"
pair pip_install_counts_compiled "${pip[@]}" install --no-index --no-deps --target lib \
	"$TMP/demo-1.0-py3-none-any.whl"
pair pip_install_no_compile_counts_nothing "${pip[@]}" install --no-compile --no-index --no-deps \
	--target lib "$TMP/demo-1.0-py3-none-any.whl"

# life RUN: the whole life of a virtual environment; leaves its listing in life.$1
life() {
	rm -rf "$TMP/life"
	mkdir "$TMP/life"
	cd "$TMP/life" || exit 1
	"${@:2}" TMPDIR="$TMP/life" PIP_ROOT_USER_ACTION=ignore PIP_DISABLE_PIP_VERSION_CHECK=1 sh -c '
		'"$python"' -m venv env &&
		env/bin/python -m pip install -q --no-index "$0" &&
		env/bin/python -c "import demo; print(demo.part.value)" &&
		find env -path "*demo*" | sort &&
		env/bin/python -m pip uninstall -q -y demo &&
		find env -path "*demo*" && find env | sort | grep -v "\.pyc$" &&
		rm -rf env' "$TMP/demo-1.0-py3-none-any.whl" >"$TMP/life.$1" 2>&1
	echo "exit $?" >>"$TMP/life.$1"
	cd "$TOP" || exit 1
}
life without clean_env
life with traced "$TMP/life.rec"
same venv_life_is_as_without "$TMP/life.with" "$TMP/life.without"
like "$(cat "$TMP/life.with")" "exit 0" venv_life_ends_well
is "$(stat_json "$TMP/life.rec" summary .damaged_bytes)" 0 venv_life_recording_is_whole
