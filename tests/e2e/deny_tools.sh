#!/bin/bash
# SPDX-License-Identifier: MIT
# Deny and the tools that move, copy and unpack caches: each ends as without the library
# and leaves the same files, but no newly compiled bytecode.

. "$(dirname "$0")/../lib.sh"

denied() { clean_env LD_PRELOAD="$LIB" PYCSHIM_MODE=deny PYCSHIM_RECORD=off "$@"; }
pycs() { find "$@" -name '*.py[co]*' -o -name __pycache__; }
# listing DIRECTORY: every name below with its type and mode, and for files size and time
# (files without the tree's time are new).
listing() {
	(cd "$1" && find . \( -type f -printf '%P %y %m %s %Ts\n' -o -printf '%P %y %m\n' \)) |
		sed -E '/ [0-9]+$/ { /^[^ ]+ f / { / 1577934245$/! s/ [0-9]+$/ new/ } }' | sort
}

# --- Python code that copies
# ---------------------------------------------------------------

# The tree has caches of two optimisation levels, a pyc beside its source, a symlink, a
# temporary file that an interpreter left behind, and a source without a pyc.
make_tree() {
	rm -rf "$TMP/tree"
	mkdir -p "$TMP/tree/pkg/sub"
	for name in pkg/__init__ pkg/m pkg/sub/__init__ pkg/sub/n; do echo "value = '$name'" >"$TMP/tree/$name.py"; done
	find "$TMP/tree" -exec touch -d '@1577934245' {} +
	clean_env "$1" -S -c 'import compileall, sys; sys.exit(not compileall.compile_dir(sys.argv[1], quiet=1))' "$TMP/tree"
	clean_env "$1" -O -S -c 'import compileall, sys; compileall.compile_dir(sys.argv[1], quiet=1)' "$TMP/tree"
	(cd "$TMP/tree/pkg" && cp -p "$(find . -name 'm.*py[co]' | head -n 1)" ./beside.pyc && ln -s m.py link.py &&
		cp -p beside.pyc beside.pyc.140737311)
	echo "value = 'cold'" >"$TMP/tree/pkg/cold.py"
	find "$TMP/tree" -exec touch -h -d '@1577934245' {} +
}

cat >"$TMP/copying.py" <<'END'
"""Copy, move, pack and unpack a tree with caches, in all the ways that the library has."""
import filecmp
import os
import shutil
import sys
import tarfile
import zipfile

tree, to, across = sys.argv[1:]
sys.path.insert(0, tree)
import pkg.m  # the copied files may be in use
sys.dont_write_bytecode = True
import pkg.cold

there = os.path.join(to, "there")
shutil.copytree(tree, os.path.join(to, "copied"), symlinks=True)
shutil.copytree(tree, there, symlinks=True)
shutil.rmtree(os.path.join(there, "pkg", "sub"))
shutil.move(there, os.path.join(to, "moved"))
shutil.copytree(tree, there, symlinks=True)
shutil.move(there, across)  # to another file system: copied, and removed
# one by one, after a stat of both
for name in sorted(os.listdir(os.path.join(tree, "pkg"))):
    old, new = os.path.join(tree, "pkg", name), os.path.join(to, "copied", "pkg", name)
    if os.path.isfile(old):
        filecmp.cmp(old, new, shallow=False)
        shutil.copyfile(old, new)
        shutil.copystat(old, new)
with zipfile.ZipFile(os.path.join(to, "a.zip"), "w") as archive:
    for above, _, names in os.walk(tree):
        for name in sorted(names):
            path = os.path.join(above, name)
            archive.write(path, os.path.relpath(path, tree))
for place in "unzipped", "unzipped":  # the second time over the first
    archive = zipfile.ZipFile(os.path.join(to, "a.zip"))
    archive.extractall(os.path.join(to, place))
    archive.close()
shutil.make_archive(os.path.join(to, "a"), "tar", tree)
for place in "untarred", "untarred":
    archive = tarfile.open(os.path.join(to, "a.tar"))
    archive.extractall(os.path.join(to, place))
    archive.close()
# an imported module may be replaced too, and a cache may be copied without its sources
archive = tarfile.open(os.path.join(to, "a.tar"))
archive.extractall(tree)
archive.close()
for name in os.listdir(to):
    if name.startswith("a."):
        os.remove(os.path.join(to, name))
END

across=
if [ -d /dev/shm ] && [ -w /dev/shm ]; then across=$(mktemp -d /dev/shm/pycshim-test.XXXXXX); fi
for python in $(pythons); do
	py_info "$python"
	for how in without denied; do
		make_tree "$python"
		rm -rf "$TMP/to" "${across:-$TMP/across}/t" && mkdir -p "$TMP/to" "${across:-$TMP/across}"
		run=clean_env
		[ $how = without ] || run=denied
		$run "$python" -W ignore "$TMP/copying.py" "$TMP/tree" "$TMP/to" "${across:-$TMP/across}/t" >"$TMP/out.$how" 2>&1
		echo "exit $?" >>"$TMP/out.$how"
		for place in "$TMP/to" "${across:-$TMP/across}/t" "$TMP/tree"; do listing "$place"; done >"$TMP/made.$how"
	done
	is "$(cat "$TMP/out.without")" "exit 0" "${py_name}_copies_work_without"
	same "${py_name}_copies_end_as_without" "$TMP/out.denied" "$TMP/out.without"
	same "${py_name}_copies_are_as_without" "$TMP/made.denied" "$TMP/made.without"
done
[ -z "$across" ] || rm -rf "$across"

# --- programs without Python, started by one -----------------------------------------------

python=$(python3_path)
tool_in() { # tool_in RUN COMMAND: a Python starts a shell command in a new directory
	rm -rf "$TMP/to" && mkdir "$TMP/to"
	(cd "$TMP/to" && "$1" TREE="$TMP/tree" "$python" -I -S -c \
		'import subprocess, sys; sys.exit(subprocess.call(["sh", "-ec", sys.argv[1]]))' "$2") >"$TMP/out.$1" 2>&1
	echo "exit $?" >>"$TMP/out.$1"
	listing "$TMP/to" | grep -v '^\.git/' >"$TMP/made.$1"
}
# tool NAME COMMAND: it does the same with and without deny
tool() {
	local program=${2%% *}
	PATH=$SYSTEM_PATH command -v "$program" >/dev/null || { skip "no $program" "$1"; return; }
	tool_in clean_env "$2"
	tool_in denied "$2"
	like "$(tail -n 1 "$TMP/out.clean_env")" '^exit 0$' "$1_works_without"
	check "$1_makes_pycs_without" grep -q 'm\..*pyc' "$TMP/made.clean_env"
	is "$(cat "$TMP/out.denied")" "$(cat "$TMP/out.clean_env")" "$1_ends_as_without"
	same "$1_makes_what_it_makes_without" "$TMP/made.denied" "$TMP/made.clean_env"
}
make_tree "$python"
# shellcheck disable=SC2016 # for the inner shell
{
	tool cp_a 'cp -a "$TREE/." there && cp -a "$TREE/." there'
	tool mv 'cp -a "$TREE/pkg" a && mv a b && mkdir c && mv b/__pycache__ c && mv c/__pycache__/m.* c'
	tool tar 'tar -C "$TREE" -cf a.tar . && mkdir b && tar -C b -xpf a.tar && tar -C b -xpf a.tar && rm a.tar'
	tool unzip "$python -I -S -m zipfile -c a.zip \"\$TREE/pkg\" && unzip -q a.zip && unzip -qo a.zip && rm a.zip"
	tool rsync 'rsync -a "$TREE/" there && rsync -aI "$TREE/" there'
	tool git 'git init -q . && cp -a "$TREE/pkg" . && git add -Af pkg &&
		git -c user.name=a -c user.email=a@b commit -qm a && rm -rf pkg && git checkout -q pkg && git stash -q 2>/dev/null || true'
	tool install 'install -D -m 644 "$TREE/pkg/beside.pyc" a/__pycache__/m.cpython-311.pyc'
}

# --- dpkg ------------------------------------------------------------------------------------

# A package with a module in a shared directory and a directory of its own, with the
# maintainer scripts of dh_python3; dpkg uses a private database.
if is_root && PATH=$SYSTEM_PATH command -v py3compile >/dev/null; then
	mkdir -p "$TMP/deb/DEBIAN" "$TMP/deb/$TMP/dist/own" "$TMP/dpkg/updates" "$TMP/dpkg/info"
	touch "$TMP/dpkg/status" "$TMP/dpkg/available"
	printf 'Package: demo\nVersion: 1\nArchitecture: all\nMaintainer: a <a@b>\nDescription: d\n' >"$TMP/deb/DEBIAN/control"
	echo 'x = 1' | tee "$TMP/deb/$TMP/dist/alone.py" >"$TMP/deb/$TMP/dist/own/__init__.py"
	printf '#!/bin/sh\nset -e\npy3compile %q\n' "$TMP/dist" >"$TMP/deb/DEBIAN/postinst"
	printf '#!/bin/sh\nset -e\npy3clean %q\n' "$TMP/dist" >"$TMP/deb/DEBIAN/prerm"
	chmod 755 "$TMP/deb/DEBIAN/postinst" "$TMP/deb/DEBIAN/prerm"
	mkdir -p "$TMP/dist/__pycache__" # a cache of other packages
	check dpkg_package_is_built dpkg-deb --root-owner-group -b "$TMP/deb" "$TMP/demo.deb"
	denied DPKG_FRONTEND_LOCKED=1 dpkg --admindir="$TMP/dpkg" -i "$TMP/demo.deb" >"$TMP/out" 2>&1
	is "$? $(dpkg-query --admindir="$TMP/dpkg" -W -f '${Status}' demo)" "0 install ok installed" \
		dpkg_configures_a_package "$(cat "$TMP/out")"
	is "$(pycs "$TMP/dist/own")" "" dpkg_package_leaves_no_cache_of_its_own
	denied /usr/bin/python3 -m py_compile "$TMP/dist/alone.py" >"$TMP/out" 2>&1
	is "$?" 1 py_compile_outside_of_dpkg_is_refused
	denied DPKG_FRONTEND_LOCKED=1 dpkg --admindir="$TMP/dpkg" -P demo >"$TMP/out" 2>&1
	is "$? $(find "$TMP" -path "$TMP/dist/*.py*")" "0 " dpkg_removes_a_package "$(cat "$TMP/out")"
else
	skip "no root or no py3compile" dpkg
fi

# --- pip and venv ----------------------------------------------------------------------------

# make_wheel VERSION: the wheel of version 3.0 has a file whose path leads out of the
# target directory, which interrupts the installation
make_wheel() {
	helper -c '
import sys, zipfile
version = sys.argv[2]
info = "demo-%s.dist-info/" % version
files = {"demo/__init__.py": "version = %r\n" % version, "demo/part.py": "part = %r\n" % version,
         "demo/deep/__init__.py": "", "alone.py": "alone = %r\n" % version,
         info + "METADATA": "Metadata-Version: 2.1\nName: demo\nVersion: %s\n" % version,
         info + "WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"}
files[info + "RECORD"] = "".join(n + ",,\n" for n in files) + info + "RECORD,,\n"
with zipfile.ZipFile(sys.argv[1], "w") as wheel:
    for name, text in files.items():
        wheel.writestr(name, text)
    if version == "3.0":
        wheel.writestr("demo/../../../../../../../../outside.py", "")' "$TMP/demo-$1-py3-none-any.whl" "$1"
}
for version in 1.0 2.0 3.0; do make_wheel $version; done

# pip_in RUN PYTHON ARGUMENT...: run pip in a copy of the environment $TMP/venv
pip_in() {
	local run=$1 tool=$2
	shift 2
	$run TMPDIR="$TMP/home" PIP_NO_INDEX=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_CONFIG_FILE=/dev/null \
		PIP_CACHE_DIR="$TMP/pip-cache" PIP_ROOT_USER_ACTION=ignore "$TMP/venv/bin/python" "$tool" "$@"
}

# An environment with caches, as the lower layer of an image has it.  The caches also have
# pycs of another optimisation level and another interpreter, and files that are no pycs.
base_layer() {
	rm -rf "$TMP/venv" && cp -a "$TMP/venv.base" "$TMP/venv"
	site=$(echo "$TMP"/venv/lib/py*/site-packages)
	[ -d "$site" ] || site=$TMP/venv/site-packages
	[ "$1" = mixed ] || return 0
	clean_env "$TMP/venv/bin/python" -O -c 'import demo.part, alone'
	cp "$(find "$site/demo" -name 'part.*.pyc' ! -name '*.opt-1.*')" "$site/demo/__pycache__/part.other-1.pyc"
	echo x >"$site/demo/__pycache__/part.f-1.py311.nbi"
	echo x >"$site/demo/cache.json"
}

# List the files that are no bytecode, and print the result of an import.
left() {
	(cd "$site" && find . \( -name '*.py[co]' -o -name __pycache__ \) -prune -o -print | grep -E 'demo|alone|~' |
		sort)
	clean_env "$TMP/venv/bin/python" -B -c 'import demo.part, alone; print(demo.version, demo.part.part, alone.alone)' 2>&1 |
		tail -n 1
}

# The distribution's pip, and the oldest and the newest pip.
for python in $(pythons); do
	py_info "$python"
	[ "$py_major $py_kind" != '3 cpython' ] || echo "$py_minor $python"
done >"$TMP/minors"
{
	head -n 1 "$TMP/minors"
	sort -n "$TMP/minors" | sed -n '1p; $p'
} | cut -d' ' -f2- | awk '!seen[$0]++' >"$TMP/some"
mapfile -t some <"$TMP/some"
for python in "${some[@]}"; do
	py_info "$python"
	pip=$(clean_env "$python" -c 'import os, pip; print(os.path.dirname(pip.__file__))' 2>/dev/null)
	if [ -z "$pip" ]; then
		skip "no pip" "${py_name}_pip"
		continue
	fi
	rm -rf "$TMP/venv" "$TMP/venv.base" "$TMP/pip" && mkdir "$TMP/pip"
	# pip is run from another path, in an environment without pip and without bytecode
	cp -a "$pip" "$TMP/pip/" && pycs "$TMP/pip" | xargs -r rm -rf
	echo "import sys; sys.path.insert(0, '$TMP/pip'); import runpy; runpy.run_module('pip', run_name='__main__')" >"$TMP/run_pip.py"
	denied "$python" -m venv --without-pip "$TMP/venv" >"$TMP/out" 2>&1
	is "$? $(pycs "$TMP/venv")" "0 " "${py_name}_venv_leaves_nothing" "$(tail -n 3 "$TMP/out")"
	site=$(echo "$TMP"/venv/lib/py*/site-packages)
	pip_in denied "$TMP/run_pip.py" -q install "$TMP/demo-1.0-py3-none-any.whl" >"$TMP/out" 2>&1
	is "$? $(left | tail -n 1) $(pycs "$TMP/venv" "$TMP/pip")" "0 1.0 1.0 1.0 " "${py_name}_pip_install_leaves_no_pyc" "$(tail -n 3 "$TMP/out")"
	pip_in clean_env "$TMP/run_pip.py" -q uninstall -y demo >/dev/null 2>&1
	pip_in clean_env "$TMP/run_pip.py" -q install "$TMP/demo-1.0-py3-none-any.whl" >/dev/null 2>&1
	echo x >"$site/bystander"
	mv "$TMP/venv" "$TMP/venv.base"
	for what in plain mixed; do
		for action in "install $TMP/demo-2.0-py3-none-any.whl" "uninstall -y demo" "install $TMP/demo-3.0-py3-none-any.whl"; do
			case $action in *2.0*) name=upgrade ;; uninstall*) name=uninstall ;; *) name=failed_upgrade ;; esac
			for run in clean_env denied; do
				base_layer $what
				pycs "$TMP/venv" | sort >"$TMP/before"
				# shellcheck disable=SC2086 # words
				pip_in $run "$TMP/run_pip.py" -q $action >"$TMP/out" 2>&1
				{
					echo "exit $?"
					left
				} >"$TMP/left.$run"
				[ $run = clean_env ] || pycs "$TMP/venv" | sort | comm -13 "$TMP/before" - >"$TMP/new"
			done
			same "${py_name}_pip_${name}_over_${what}_caches_ends_as_without" "$TMP/left.denied" "$TMP/left.clean_env"
			[ $name = failed_upgrade ] || is "$(cat "$TMP/new")" "" "${py_name}_pip_${name}_over_${what}_caches_leaves_none_of_its_own"
		done
	done
done
