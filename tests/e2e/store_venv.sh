#!/bin/bash
# SPDX-License-Identifier: MIT
# The store with real installers: pip fills it, and a new virtual environment compiles nothing,
# whether its packages were installed by pip or linked from a cache, as uv does.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/store.bash"

python=$(readlink -f /usr/bin/python3)
pip=$(compgen -G '/usr/share/python-wheels/pip-*.whl')
wheel=$(compgen -G '/usr/share/python-wheels/wheel-*.whl')
{ [ -n "$pip" ] && [ -n "$wheel" ]; } || skip_all "no wheels of Debian's Python"
py_info "$python"

# venv DIRECTORY: sets site to its directory of packages
venv() {
	clean_env "$python" -m venv --without-pip "$TMP/$1" || not_ok "${1}_is_made"
	site=$(clean_env "$TMP/$1/bin/python" -I -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
	mkdir -p "$site"
}
installs() { # DIRECTORY OPTION...
	stored "$TMP/$1/bin/python" "$pip/pip" install -q --no-index --no-deps \
		--disable-pip-version-check --no-cache-dir "${@:2}" "$wheel"
}
# uses DIRECTORY: imports what the package is for, and tells what that compiled
uses() {
	rm -f "$TMP/recording"
	stored "${@:2}" "$TMP/$1/bin/python" -I -c 'import wheel.cli.pack, wheel.cli.unpack, wheel.macosx_libfile, wheel.wheelfile
print(wheel.cli.pack.pack.__code__.co_filename.split("/wheel/")[0])' 2>&1
}

venv venv1
check pip_installs_a_wheel installs venv1
# empty files have one entry
sources=$(find "$site/wheel" -name '*.py' -exec sha256sum {} + | cut -d ' ' -f 1 | sort -u | wc -l)
is "$(grep -rlF "$site/wheel/" "$STORE" | wc -l)" "$sources" pip_installing_a_wheel_fills_the_store
check pip_installs_much [ "$sources" -gt 10 ]
first=$site
is "$(uses venv1) $(counted compiled)" "$first [0]" pip_leaves_hits

venv venv2
check pip_without_compile_installs_a_wheel installs venv2 --no-compile
is "$(find "$site" -name '*.pyc')" '' pip_without_compile_leaves_no_pyc
out=$(uses venv2)
is "$out $(counted compiled)" "$site [0]" venv_anew_at_another_path_compiles_nothing
is "$(counted reused)" '[8]' venv_anew_at_another_path_is_answered

# A cache of unpacked wheels, whose files are linked: each environment changes their ctimes.
mkdir "$TMP/cache" && (cd "$TMP/cache" && helper -c 'import sys, zipfile; zipfile.ZipFile(sys.argv[1]).extractall()' "$wheel")
linked() { venv "$1" && cp -al "$TMP/cache/." "$site/" && [ "$site/wheel/wheelfile.py" -ef "$TMP/cache/wheel/wheelfile.py" ]; }
redirect=(PYCSHIM_MODE=redirect PYCSHIM_ROOT="$SHADOW")
for name in linked1 linked2; do
	check "${name}_is_linked_from_the_cache" linked $name
	out=$(uses $name "${redirect[@]}")
	is "$out $(counted compiled)" "$site [0]" "${name}_compiles_nothing"
done
out=$(uses linked1 "${redirect[@]}")
is "$out $(counted compiled)" "${site/linked2/linked1} [0]" linked_once_more_compiles_nothing
# other content under the same name, also with the old time and size
helper -c 'import os, sys
path = sys.argv[1]
status = os.stat(path)
text = open(path).read()
os.unlink(path)
open(path, "w").write(text.replace("def pack(", "def pick("))
os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))' "$site/wheel/cli/pack.py"
like "$(uses linked2 "${redirect[@]}")" "has no attribute 'pack'" linked_package_that_is_edited_runs_its_own_code
