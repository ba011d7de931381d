#!/bin/bash
# SPDX-License-Identifier: MIT
# The store with programs as they are: Django, hg, ansible, pytest and numpy, copied to another
# path, with other times and an empty shadow, compile nothing, and do the same.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/store.bash"

python=$(readlink -f /usr/bin/python3)
. "$TOP/tests/image.bash"
py_info "$python"

# program NAME MODULE PACKAGES COMMAND...: MODULE tells whether it is there.  The command `prepare`
# is run in the copy before.  `rewritten` modules are compiled by another compiler than Python's.
rewritten=0
program() {
	local name=$1 module=$2 packages=$3 where place first second
	shift 3
	if ! clean_env "$python" -s -c "import $module" 2>/dev/null; then
		skip "no $module" "${name}_compiles_nothing_at_another_path"
		return
	fi
	for where in first second; do
		rm -rf "$TMP/recording" "$SHADOW"
		IMAGE=$TMP/$where place=$TMP/$where$PACKAGES
		mkdir -p "$place"
		# shellcheck disable=SC2086 # words
		copy "$PACKAGES" $packages
		[ $where = first ] || find "$place" -name '*.py' -exec touch -d '1980-01-01 UTC' {} +
		(
			cd "$place" || exit
			"${prepare[@]}"
			traced "$TMP/recording" PYCSHIM_STORE="$STORE" PYCSHIM_ONLY="$TMP/*" PYCSHIM_MODE=redirect \
				PYCSHIM_ROOT="$SHADOW" HOME="$place" PYTHONPATH="$place" "$python" -s "$@" 2>&1
		) | sed "s,$place,HERE,g; s/ in [0-9.]*s$//" >"$TMP/out.$where"
		declare "$where=$(counted compiled reused)"
		find "$TMP/$where" -name '*.py[co]' >"$TMP/pycs.$where"
		rm -rf "${TMP:?}/$where"
	done
	same "${name}_does_the_same" "$TMP/out.second" "$TMP/out.first"
	is "$(cat "$TMP"/pycs.*)" '' "${name}_leaves_no_pyc_in_place"
	like "$first" '^\[[0-9]{2,}, [0-9]+\]$' "${name}_compiles_at_first"
	like "$second" "^\[$rewritten, [0-9]{2,}\]\$" "${name}_compiles_nothing_at_another_path"
}

prepare=(cp "$TOP/tests/bench/django_site.py" .)
program django django 'asgiref django pytz sqlparse' \
	-c 'import django_site; print(len(django_site.__dict__) > 3)'

prepare=(clean_env "$python" -I -c 'import sys; sys.argv[1:] = ["init", "repository"]; from mercurial import dispatch; dispatch.run()')
program hg mercurial 'mercurial hgdemandimport hgext' \
	-c 'from mercurial import dispatch; dispatch.run()' status -R repository --config extensions.rebase=

prepare=(sh -c 'echo "from ansible.cli.adhoc import main; main()" >adhoc.py')
program ansible ansible 'ansible cryptography jinja2 markupsafe packaging resolvelib yaml' \
	adhoc.py localhost -i localhost, -c local -m command -a 'echo done'

prepare=(sh -c 'for name in one two; do printf "import json\n\ndef test_$0():\n    assert json.loads(\"[1]\") == [1]\n" >test_$name.py; done' name)
rewritten=2 program pytest pytest '_pytest attr attrs iniconfig packaging pluggy pytest py py.py toml' \
	-m pytest -p no:cacheprovider -q --no-header --no-summary

prepare=(true)
program numpy numpy 'numpy' -c 'import numpy; print(numpy.arange(6).reshape(2, 3).sum(axis=0))'
