#!/bin/bash
# SPDX-License-Identifier: MIT
#
# pycstat image tells who made the pycs (pip, Debian's py3compile, or others), whose they are,
# and who can write them.

. "$(dirname "$0")/../lib.sh"

cd "$TMP" || exit 1

# of EXPRESSION: a value of the JSON in the file json; o: (by, pycs) of the owners
of() { helper -c 'import json, sys; d = json.load(open("json")); o = sorted((i["by"] or "-", i["pycs"]) for i in d["owners"]); print(eval(sys.argv[1]))' "$1"; }

# module FILE...: make modules with valid pycs
module() {
	local file
	for file; do
		mkdir -p "$(dirname "$file")"
		echo 'x = 1' >"$file"
		helper -c 'import py_compile, sys; py_compile.compile(sys.argv[1], doraise=True)' "$file"
	done
}
tag=$(helper -c 'import sys; print(sys.implementation.cache_tag)')

# --- a root, with lists of both ---------------------------------------------------------------

site=tree/usr/local/lib/python3.9/site-packages dist=tree/usr/lib/python3/dist-packages
module $site/pk/{a,b,late}.py "$site/pk/comma,.py" $dist/deb/{m,n}.py $dist/late.py tree/app/{a,b}.py
mkdir -p $site/pk-1.dist-info $site/broken.dist-info $site/pipe.dist-info tree/var/lib/dpkg/info
printf '%s\n' "pk/a.py,sha256=x,6" "pk/__pycache__/a.$tag.pyc,," "pk/__pycache__/b.$tag.pyc,," \
	"\"pk/__pycache__/comma,.$tag.pyc\",," ",," '"' "../../../../app/__pycache__/a.$tag.pyc,," >$site/pk-1.dist-info/RECORD
mkdir $site/broken.dist-info/RECORD
mkfifo $site/pipe.dist-info/RECORD tree/var/lib/dpkg/info/pipe.list
printf '%s\n' /. /usr/lib/python3/dist-packages/deb/{m,n}.py /usr/share/doc/deb >tree/var/lib/dpkg/info/python3-deb.list
echo -n /usr/lib/python3/dist-packages/late.py >tree/var/lib/dpkg/info/python3-cut.list
timeout 100 "$PYCSTAT" image --root tree --json / >json 2>err
is "$?:$(cat err):$(of o)" "0::[('-', 4), ('dpkg', 2), ('pip', 3)]" owners_of_a_root_are_told "$(cat json)"
is "$(of "{i['uid'] for i in d['owners']}")" "{$(id -u)}" owners_have_their_uid
like "$("$PYCSTAT" image --root tree / | tr -s ' \n' ' ')" \
	"MADE BY USER PYCS NOT WRITABLE .*dpkg \(py3compile\) $(id -u) 2 .*pip $(id -u) 3 " owners_are_in_the_text
"$PYCSTAT" image --root tree --json /app >json
is "$(of o)" "[('-', 2)]" owners_of_a_directory_of_nobodys_are_others

# lists of another root are not those of this one
"$PYCSTAT" image --json "tree/usr/lib/python3" >json
is "$(of o)" "[('-', 3)]" owners_without_a_root_are_not_by_lists_of_another "$(cat json)"
"$PYCSTAT" image --json tree/usr/local >json
is "$(of o)" "[('-', 1), ('pip', 3)]" owners_by_relative_paths_are_told

# --- pip and dpkg themselves --------------------------------------------------------------------

mkdir -p wheel/demo wheel/demo-1.dist-info
echo 'x = 1' | tee wheel/demo/__init__.py wheel/demo/m.py >/dev/null
printf 'Metadata-Version: 2.1\nName: demo\nVersion: 1\n' >wheel/demo-1.dist-info/METADATA
printf 'Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n' >wheel/demo-1.dist-info/WHEEL
printf '%s,,\n' demo/__init__.py demo/m.py demo-1.dist-info/{METADATA,WHEEL,RECORD} >wheel/demo-1.dist-info/RECORD
helper -c '
import os, zipfile
with zipfile.ZipFile("demo-1-py3-none-any.whl", "w") as wheel:
    for place, _, names in os.walk("wheel"):
        for name in names:
            wheel.write(os.path.join(place, name), os.path.relpath(os.path.join(place, name), "wheel"))'
found=0
for python in $(pythons); do
	clean_env "$python" -m pip --version >/dev/null 2>&1 || continue
	py_info "$python"
	[ "$py_major" = 3 ] || continue
	found=1
	check "owners_${py_name}_pip_installs" clean_env HOME="$TMP/home" "$python" -m pip install -q --no-index --no-deps \
		--disable-pip-version-check --target "$py_name" demo-1-py3-none-any.whl || continue
	"$PYCSTAT" image --json "$py_name" >json
	is "$(of o)" "[('pip', 2)]" "owners_of_what_${py_name}_pip_installs_are_pip" "$(cat json)"
	break
done
[ $found = 1 ] || skip "no interpreter has pip" owners_of_what_pip_installs_are_pip

library=/usr/share/python3/debpython
if ls $library/__pycache__/*.pyc >/dev/null 2>&1 && command -v dpkg-query >/dev/null; then
	want=$(for pyc in "$library"/__pycache__/*.pyc; do
		dpkg-query -S "$library/$(basename "$pyc" | cut -d . -f 1).py" 2>/dev/null
	done | wc -l)
	"$PYCSTAT" image --json $library >json
	is "$(of "sum(i['pycs'] for i in d['owners'] if i['by'] == 'dpkg')")" "$want" owners_of_what_debian_installs_are_dpkg
else
	skip "no Debian Python with pycs" owners_of_what_debian_installs_are_dpkg
fi

# --- who can write them ---------------------------------------------------------------------------

module modes/{plain,open}/a.py modes/{all,sticky}/a.py
chmod 666 modes/open/__pycache__/*
chmod 777 modes/all/__pycache__
chmod 1777 modes/sticky/__pycache__
"$PYCSTAT" image --json modes >json
is "$(of "[(i['pycs'], i['world_writable'], i['unwritable'], i['root_beside_others']) for i in d['owners']]")" "[(4, 2, 0, 0)]" \
	owners_count_what_anybody_can_write
like "$("$PYCSTAT" image modes | tr -s ' \n' ' ')" "2 can be written or replaced by anybody" owners_warn_of_what_anybody_can_write
"$PYCSTAT" image --fail-if 'world_writable>1' modes >/dev/null 2>&1
is $? 2 owners_counts_are_keys_of_fail_if
chmod 555 modes/plain/__pycache__
powerless "$PYCSTAT" image --json modes >json
is "$(of "d['owners'][0]['unwritable']")" 1 owners_count_caches_that_this_user_cannot_write
chmod 755 modes/plain/__pycache__

if is_root; then
	chown -R 65534 modes
	chown -R 0 modes/{plain,sticky}/__pycache__
	unprivileged "$PYCSTAT" image --json modes >json
	is "$(of "[(i['uid'], i['pycs'], i['unwritable'], i['root_beside_others']) for i in d['owners']]")" \
		"[(65534, 2, 0, 0), (0, 2, 1, 2)]" owners_count_caches_of_root_beside_sources_of_others
	like "$("$PYCSTAT" image modes | tr -s ' \n' ' ')" "2 of root, beside sources of another user" owners_tell_of_caches_of_root
fi
