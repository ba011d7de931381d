# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# shellcheck disable=SC2154 # traced is of interpreter.bash
#
# The acceptance of the programs of another system that embed Python.  Each imports the tree of
# interpreter.bash, as nobody, and writes what it has seen there; the recording tells whether
# its modules were compiled, kept and found.  Sourced after interpreter.bash.

NOBODY=65534
RUN='exec(open("/mnt/program.py").read())'

# write_programs: what the programs below are given, in /mnt
write_programs() (
	cd "$ROOT/mnt" || exit
	cat >program.py <<-'END'
		import sys
		sys.path.insert(0, "/mnt/tree")
		import pkg.a, pkg.sub.c, windows
		with open("/mnt/out", "w") as out:
		    out.write(pkg.sub.c.text)
	END
	cat >apache.py <<-END
		import os, signal
		$RUN
		os.kill(os.getpid(), signal.SIGTERM)
	END
	cat >apache.conf <<-END
		ServerRoot /mnt
		ServerName localhost
		PidFile /mnt/apache.pid
		ErrorLog /mnt/log
		Mutex file:/mnt default
		Listen 8080
		LoadModule mpm_prefork_module /usr/lib/apache2/modules/mod_mpm_prefork.so
		LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
		LoadModule wsgi_module /usr/lib/apache2/modules/mod_wsgi.so
		WSGIImportScript /mnt/apache.py process-group=%{GLOBAL} application-group=%{GLOBAL}
	END
	printf '%s\n' 'CREATE EXTENSION IF NOT EXISTS plpython3u;' "DO LANGUAGE plpython3u '$RUN';" >program.sql
	"${CC:-gcc}" -o local_host "$TOP/tests/systems/local_host.c" -ldl
)

# there PATTERN: the one file of the root that has such a path
there() { (cd "$ROOT" && compgen -G "${1#/}") | sed 's,^,/,' | head -n 1; }

# as_nobody [NAME=VALUE...] COMMAND...
as_nobody() { SYSTEM_USER=$NOBODY inside "$@"; }

# embeds [NAME=VALUE...]: run $program and print what it has written
embeds() {
	rm -f "$ROOT"/mnt/{out,rec}
	chown -R $NOBODY "$ROOT/mnt/tree" 2>/dev/null
	as_nobody "${traced[@]}" "$@" timeout 120 "${program[@]}" >"$TMP/log" 2>&1
	cat "$ROOT/mnt/out" 2>&1
}

# accept_embedded NAME COMMAND...
accept_embedded() {
	local name=${SYSTEM}_$1 program=("${@:2}") shadow=(PYCSHIM_MODE=redirect PYCSHIM_ROOT=/mnt/shadow)
	new_tree
	rm -rf "$ROOT/mnt/shadow"
	is "$(embeds), $(told)" "value 1, 0 $MODULES $MODULES" "${name}_cold" "$(tail -n 5 "$TMP/log")"
	is "$(caches)" "$MODULES" "${name}_cold_leaves_pycs"
	is "$(embeds), $(told)" "value 1, $MODULES 0 0" "${name}_warm" "$(tail -n 5 "$TMP/log")"
	new_tree
	protect_tree
	is "$(embeds "${shadow[@]}"), $(told)" "value 1, 0 $MODULES $MODULES" "${name}_redirect_cold" "$(tail -n 5 "$TMP/log")"
	is "$(embeds "${shadow[@]}"), $(told)" "value 1, $MODULES 0 0" "${name}_redirect_warm" "$(tail -n 5 "$TMP/log")"
	umount "$ROOT/mnt/tree"
}

# accept_embedding: all the programs
accept_embedding() {
	local postgres
	chown $NOBODY "$ROOT/mnt"
	check "${SYSTEM}_programs_are_made" write_programs || return
	accept_embedded gdb gdb -batch -nx -x /mnt/program.py
	accept_embedded vim vim.nox -u NONE -es -c 'py3file /mnt/program.py' -c 'qa!'
	accept_embedded uwsgi uwsgi-core --plugins-dir /usr/lib/uwsgi/plugins --plugin python3 --pyrun /mnt/program.py
	accept_embedded mod_wsgi /usr/sbin/apache2 -X -f /mnt/apache.conf
	accept_embedded local_host /mnt/local_host "$(there '/usr/lib/*/libpython3.*.so.1.0')" "$RUN"
	postgres=$(there '/usr/lib/postgresql/*/bin')
	check "${SYSTEM}_postgres_makes_its_files" as_nobody "$postgres/initdb" --no-locale --no-sync -D /mnt/base &&
		accept_embedded plpython sh -c "$postgres/postgres --single -D /mnt/base postgres </mnt/program.sql"
}
