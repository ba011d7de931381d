#!/bin/bash
# SPDX-License-Identifier: MIT
# mod_wsgi on a read-only root: apache starts as root, and its workers run as www-data,
# which has a shadow of its own beside root's.  The second start compiles nothing.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/shadow.bash"

need apache2 strace nsenter
modules=/usr/lib/apache2/modules
compgen -G "$modules/mod_wsgi.so*" >/dev/null || skip_all "no mod_wsgi"
is_root || skip_all "another user needs root"
can_mount || skip_all "no mounts here"
worker=$(id -u www-data) || skip_all "no user www-data"
python=/usr/bin/python3
[ -x "$python" ] || skip_all "no $python"
py_info "$python"

make_tree
cat >"$TREE/hello.py" <<'END'
import os, pkg.a, pkg.b

def application(environ, start_response):
    import pkg.c, pkg.sub
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [("%s %s %d %d" % (pkg.c.value, pkg.sub.d.x, os.geteuid(), os.getpid())).encode()]
END
touch -d '1 hour ago' "$TREE/hello.py"
mkdir -p "$TMP/image$TREE"
cp -a "$TREE/." "$TMP/image$TREE/"
echo "$TREE" >"$TMP/image/places"

# All starts share one /dev/shm, the only writable place.
begin unshare -m sh -c 'mount -t tmpfs -o mode=1777 tmpfs /dev/shm && : >"$0" && exec sleep 600' "$TMP/mounted"
holder=$begun
wait_until 60 test -e "$TMP/mounted" || skip_all "no tmpfs"
there() { nsenter -t "$holder" -m "$@"; }
port=$(helper -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
there mkdir -m 777 /dev/shm/apache
cat >"$TMP/apache.conf" <<END
ServerRoot /dev/shm/apache
ServerName localhost
PidFile /dev/shm/apache/pid
ErrorLog /dev/shm/apache/log
Listen 127.0.0.1:$port
Mutex file:/dev/shm/apache default
LoadModule mpm_prefork_module $modules/mod_mpm_prefork.so
LoadModule authz_core_module $modules/mod_authz_core.so
LoadModule wsgi_module $(compgen -G "$modules/mod_wsgi.so*" | head -n 1)
StartServers 1
MinSpareServers 1
User www-data
Group www-data
WSGISocketPrefix /dev/shm/apache/wsgi
WSGIDaemonProcess site processes=2 threads=2 python-path=$TREE
WSGIProcessGroup site
WSGIApplicationGroup %{GLOBAL}
WSGIImportScript $TREE/hello.py process-group=site application-group=%{GLOBAL}
WSGIScriptAlias / $TREE/hello.py
<Directory $TREE>
Require all granted
</Directory>
END

# readonly_start NAME COMMAND...: run on the read-only root, under strace
readonly_start() {
	local name=$1
	shift
	mkdir -m 777 "$TMP/$name.strace"
	there touch "/dev/shm/$name.rec"
	there chmod 666 "/dev/shm/$name.rec"
	there strace -ff -qq -y -v -s 16 --seccomp-bpf -e "trace=%file,%process,read,write,close,fstat,chdir" \
		-o "$TMP/$name.strace/trace" "$TOP/tests/readonly_root" readonly "$TMP/image" /dev/shm \
		env -i PATH="$SYSTEM_PATH" LANG=C.UTF-8 PYTHONHASHSEED=0 LD_PRELOAD="$LIB" PYCSHIM_MODE=redirect \
		PYCSHIM_RECORD="/dev/shm/$name.rec" PYCSHIM_ONLY="$TREE" "$@"
}

# compiled NAME UID: the sources of the tree that strace saw compiled, one per line
compiled() {
	helper "$TOP/tests/e2e/strace_oracle.py" --magic "$py_magic" --compiled \
		--shadow "/dev/shm/pycshim-$2/shadow" --python '(^|/)(apache2|python3[0-9.]*)$' \
		"$TMP/$1.strace/trace" | grep -F "$TREE" | sort -u
}

# both_answer: both processes have answered, and so have imported all their modules
both_answer() {
	local answers
	answers=$(for _ in 1 2 3 4; do get "$port" 1 || exit; done) &&
		[ "$(sort -u <<<"$answers" | wc -l)" = 2 ]
}

# serve NAME: start apache, send requests, end it
serve() {
	local name=$1 pid answer
	there rm -f /dev/shm/apache/pid
	readonly_start "$name" setsid apache2 -d /dev/shm/apache -f "$TMP/apache.conf" -DFOREGROUND >"$TMP/$name.log" 2>&1 &
	pid=$!
	started $pid
	wait_until 60 both_answer || not_ok "${name}_start_has_both_processes_answer"
	answer=$(get "$port" 12)
	is "${answer% *}" "c 5 $worker" "${name}_start_answers_as_www_data" "$(there tail -n 5 /dev/shm/apache/log; cat "$TMP/$name.log")"
	kill -TERM "$(there cat /dev/shm/apache/pid)"
	wait_until 60 eval "! alive $pid" || not_ok "${name}_start_ends"
	there cat "/dev/shm/$name.rec" >"$TMP/$name"
	is "$(there grep -h 'pycshim: ' /dev/shm/apache/log "$TMP/$name.log")" "" "${name}_start_says_nothing"
}

# owners: count the pycs by owner and shadow: OWNER:TREE:COUNT
owners() {
	there find /dev/shm -name '*.pyc' -printf '%U:%P\n' | sed 's|/.*||; s/pycshim-//' | sort | uniq -c |
		awk '{ printf "%s:%s ", $2, $1 }'
}

# Root's start comes first; its pycs are not used by www-data.
is "$(readonly_start root "$python" "${py_flags[@]}" -c "$program")" "$printed" root_start_runs
is "$(owners)" "0:0:6 " root_start_fills_its_tree
serve first
is "$(compiled first "$worker" | wc -l)" 6 first_start_compiles_by_strace_what_is_imported
is "$(owners)" "0:0:6 $worker:$worker:6 " first_start_fills_a_tree_of_its_own
is "$(there stat -c '%U %a' /dev/shm/pycshim-0 "/dev/shm/pycshim-$worker")" "root 700"$'\n'"www-data 700" \
	trees_are_closed_to_others
serve second
is "$(compiled second "$worker")" "" second_start_compiles_nothing_by_strace
is "$(stat_json "$TMP/second" summary '.totals.lookups == d["totals"]["hits"] >= 12')" true second_start_is_all_hits
is "$(owners)" "0:0:6 $worker:$worker:6 " second_start_adds_nothing
is "$(find "$TMP/image" "$TREE" -name '*.pyc' -o -name __pycache__)" "" starts_leave_the_image_alone
