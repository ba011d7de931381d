#!/bin/bash
# SPDX-License-Identifier: MIT
# Python in servers: gunicorn with Django, uwsgi with a HUP, apache with mod_wsgi, gdb.
# Two runs differ, as workers race: strace watches the same run that the library records.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/pair.bash"

python=/usr/bin/python3
[ -x "$python" ] || skip_all "no $python"
py_info "$python"

# --- the program ---------------------------------------------------------------------

make_site() {
	mkdir -p "$TREE/site/urls_of"
	cat >"$TREE/site/hello.py" <<'END'
import json, logging, pkg.sub.c, wide1

def application(environ, start_response):
    import wide2
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [json.dumps([pkg.sub.c.text, wide2.value]).encode()]
END
	cat >"$TREE/site/django_site.py" <<'END'
import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import path

settings.configure(SECRET_KEY="x", ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], DEBUG=False,
                   INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes"])
application = get_wsgi_application()

def hello(request):
    import wide3
    return HttpResponse("hello %d" % wide3.value)

urlpatterns = [path("", hello)]
END
	find "$TREE/site" -name '*.py' -exec touch -d '2020-02-02 02:02:02' {} +
}

# serve COMMAND...: run under strace with the library, in the background; sets begun to
# strace's pid.  It gets its own session, because apache signals its whole process group.
serve() {
	rm -rf "$TMP/strace" "$TMP/rec"
	mkdir -m 777 "$TMP/strace"
	cd "$TREE" || exit 1
	begin clean_env setsid "${STRACE[@]}" -o "$TMP/strace/trace" \
		env PYTHONPATH="$TREE:$TREE/site" "${setting[@]}" \
		LD_PRELOAD="$LIB" PYCSHIM_RECORD="$TMP/rec" "$@" >"$TMP/log" 2>&1
	cd "$TOP" || exit 1
}

# stop_server PID_FILE: end the server by its pid, then wait for strace
stop_server() {
	kill -"${2:-TERM}" "$(cat "$1")"
	wait_until 60 eval '! alive $begun' || note "did not end: $(tail -n 3 "$TMP/log")"
	wait "$begun"
	for file in "$TMP"/strace/trace.*; do # no process may outlive the test
		grep -qs "$TMP" "/proc/${file##*.}/environ" && kill -KILL "${file##*.}"
	done
}

# logged REGEX: print its first match in the log
logged() { grep -oE "$1" "$TMP/log" | head -n 1; }

# --- gunicorn ---------------------------------------------------------------------------

# gunicorn_serves NAME APPLICATION
gunicorn_serves() {
	local port
	serve "$python" -m gunicorn -w 4 -b 127.0.0.1:0 -p "$TMP/pid" --worker-tmp-dir "$TMP" "$2"
	if wait_until 60 eval '[ "$(grep -c "Booting worker" "$TMP/log")" = 4 ]'; then
		port=$(logged '127.0.0.1:[0-9]+')
		like "$(get "${port#*:}" 12)" '\[1\]|hello 3' "gunicorn_$1_answers"
		sleep 0.2
	else
		not_ok "gunicorn_$1_answers" "$(tail -n 20 "$TMP/log")"
	fi
	stop_server "$TMP/pid"
	agrees "gunicorn_$1_counts_every_worker"
	check "gunicorn_$1_has_five_processes" test "$(stat_json "$TMP/rec" summary .processes)" -ge 5
}

if clean_env "$python" -s -c 'import gunicorn' 2>/dev/null; then
	fresh
	make_site
	gunicorn_serves cold hello:application
	gunicorn_serves warm hello:application
	if clean_env "$python" -s -c 'import django' 2>/dev/null; then
		gunicorn_serves django_cold django_site:application
		gunicorn_serves django_warm django_site:application
		is "$(stat_json "$TMP/rec" summary '.totals.misses + d["totals"]["stale"]')" 0 \
			gunicorn_django_warm_compiles_nothing
	else
		skip "no Django" gunicorn_django
	fi
else
	skip "no gunicorn" gunicorn
fi

# --- uwsgi --------------------------------------------------------------------------------

if PATH=$SYSTEM_PATH command -v uwsgi >/dev/null && compgen -G '/usr/lib/uwsgi/plugins/python3*' >/dev/null; then
	fresh
	make_site
	oracle=(--python '(^|/)(python|uwsgi)[^/]*$')
	serve uwsgi --plugin python3 --http-socket 127.0.0.1:0 --master --processes 2 --lazy-apps \
		--pidfile "$TMP/pid" --wsgi-file site/hello.py --die-on-term --need-app --threads 2
	if wait_until 60 eval '[ "$(grep -c "WSGI app 0 .* ready" "$TMP/log")" = 2 ]'; then
		port=$(logged '127.0.0.1:[0-9]+')
		like "$(get "${port#*:}" 6)" '\[1\]' uwsgi_answers
		kill -HUP "$(cat "$TMP/pid")"
		check uwsgi_hup_starts_anew wait_until 60 eval \
			'[ "$(grep -c "WSGI app 0 .* ready" "$TMP/log")" = 4 ]'
		port=$(grep -oE '127.0.0.1:[0-9]+' "$TMP/log" | tail -n 1)
		like "$(get "${port#*:}" 6)" '\[1\]' uwsgi_after_hup_answers
		sleep 0.2
	else
		not_ok uwsgi_answers "$(tail -n 20 "$TMP/log")"
	fi
	stop_server "$TMP/pid"
	agrees uwsgi_with_hup_counts_every_worker
	check uwsgi_with_hup_has_its_processes test "$(stat_json "$TMP/rec" summary .processes)" -ge 5
else
	skip "no uwsgi" uwsgi
fi

# --- apache and mod_wsgi --------------------------------------------------------------------

modules=/usr/lib/apache2/modules
if PATH=$SYSTEM_PATH command -v apache2 >/dev/null && compgen -G "$modules/mod_wsgi.so*" >/dev/null; then
	fresh
	make_site
	chmod -R a+rwX "$WORK"
	oracle=(--python '(^|/)apache2$')
	port=$(helper -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
	cat >"$TMP/apache.conf" <<END
ServerRoot $TMP
ServerName localhost
PidFile $TMP/apache.pid
ErrorLog $TMP/apache.log
Listen 127.0.0.1:$port
Mutex file:$TMP default
LoadModule mpm_prefork_module $modules/mod_mpm_prefork.so
LoadModule authz_core_module $modules/mod_authz_core.so
LoadModule wsgi_module $(compgen -G "$modules/mod_wsgi.so*" | head -n 1)
StartServers 1
MinSpareServers 1
$(is_root && echo 'User nobody
Group nogroup')
WSGISocketPrefix $TMP/wsgi
WSGIDaemonProcess site processes=2 threads=2 python-path=$TREE:$TREE/site
WSGIProcessGroup site
WSGIScriptAlias / $TREE/site/hello.py
<Directory $TREE/site>
Require all granted
</Directory>
END
	chmod 777 "$TMP"
	serve apache2 -d "$TMP" -f "$TMP/apache.conf" -DFOREGROUND
	if wait_until 60 test -s "$TMP/apache.pid" && wait_until 30 get "$port" 1; then
		like "$(get "$port" 8)" '\[1\]' mod_wsgi_answers
	else
		not_ok mod_wsgi_answers "$(tail -n 5 "$TMP/apache.log" "$TMP/log")"
	fi
	sleep 0.2
	stop_server "$TMP/apache.pid"
	agrees mod_wsgi_counts_every_worker
	check mod_wsgi_recording_knows_the_sources grep -q hello \
		<("$PYCSTAT" events --json "$TMP/rec")
	chmod 755 "$TMP"
else
	skip "no apache2 with mod_wsgi" mod_wsgi
fi

# --- gdb ------------------------------------------------------------------------------------

if PATH=$SYSTEM_PATH command -v gdb >/dev/null; then
	new_scenario
	oracle=(--python '(^|/)gdb$')
	gdb=(gdb -batch -nx -ex "python import sys; sys.path.insert(0, '$TREE'); import pkg.sub.c")
	warm_up "${gdb[@]}"
	pair gdb_cold_counts_misses "${gdb[@]}"
	prepare() { once "${gdb[@]}"; }
	pair gdb_warm_counts_hits "${gdb[@]}"
else
	skip "no gdb" gdb
fi
