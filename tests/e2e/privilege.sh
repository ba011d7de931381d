#!/bin/bash
# SPDX-License-Identifier: MIT
# Redirect across users: an entrypoint runs as root, workers as another user.  Each user
# has a shadow; with one shadow for both, the other user is as on a read-only file system.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/shadow.bash"

is_root || skip_all "changing the user needs root"
can_mount || skip_all "no mounts here"
NOBODY=65534
make_tree

# Imports a as root, then b and c as nobody in children, and d in a program that a child
# starts.
cat >"$TMP/entry.py" <<'END'
import os, subprocess, sys
tree, nobody, workers = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
command = [sys.executable] + sys.argv[4:]
sys.path.insert(0, tree)
import pkg.a


def work():
    import pkg.b, pkg.c
    print(pkg.b.value, pkg.c.value)
    sys.stdout.flush()


print(pkg.a.value)
sys.stdout.flush()
for _ in range(workers):
    pid = os.fork()
    if pid == 0:
        os.setgid(nobody)
        os.setuid(nobody)
        work()
        os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0
if not workers:
    program = "import sys; sys.path.insert(0, %r); import pkg.sub; print(pkg.sub.d.x)" % tree
    print(subprocess.check_output(["setpriv", "--reuid=%d" % nobody, "--clear-groups", "--"]
                                  + command + ["-c", program]).decode().strip())
END

# entry RECORDING WORKERS [NAME=VALUE...]: write out, err and a list of /dev/shm
entry() {
	local recording=$1 workers=$2
	shift 2
	rm -f "$recording"
	: >"$recording"
	chmod 666 "$recording"
	small_tmpfs 8m /dev/shm sh -c '"$@" && exec find /dev/shm -name "*.pyc" -path "*/pkg/*" -printf "%U %P\n" >"$0"' \
		"$TMP/held" env -i PATH="$SYSTEM_PATH" LD_PRELOAD="$LIB" PYCSHIM_MODE=redirect PYCSHIM_ONLY="$TREE" \
		PYCSHIM_RECORD="$recording" "$@" "$python" "${py_flags[@]}" "$TMP/entry.py" "$TREE" $NOBODY "$workers" \
		"${py_flags[@]}" >"$TMP/out" 2>"$TMP/err"
}

# held: print the owners of the pycs in /dev/shm
held() { sed 's|/.*/\([a-z_]*\)\..*|/\1|' "$TMP/held" | sort | tr '\n' ' '; }
lines() { grep -c '^pycshim: ' "$TMP/err"; }

python=$(python3_path)
py_info "$python"

chmod 755 "$TREE"
entry "$TMP/rec" 3
is "$(cat "$TMP/out")" "a"$'\n'"b c"$'\n'"b c"$'\n'"b c" forked_workers_run "$(cat "$TMP/err")"
is "$(held)" "0 pycshim-0/__init__ 0 pycshim-0/a $NOBODY pycshim-$NOBODY/b $NOBODY pycshim-$NOBODY/c " \
	forked_workers_have_a_tree_of_their_own
is "$(cat "$TMP/err")" "" forked_workers_say_nothing
is "$(totals "$TMP/rec")" "(8, 4, 4, 4, 0)" forked_workers_compile_once
is "$(stat_json "$TMP/rec" processes 'sorted((p["uid"], p["written"]) for p in d["processes"])')" \
	"[[0, 2], [$NOBODY, 0], [$NOBODY, 0], [$NOBODY, 2]]" forked_workers_are_told_with_their_user
is "$("$PYCSTAT" processes "$TMP/rec" | awk '{ print $1 }' | sort | uniq -c | xargs)" "1 0 3 $NOBODY 1 UID" \
	forked_workers_are_listed_with_their_user
for who in "a 0" "b $NOBODY"; do
	like "$("$PYCSTAT" why "pkg.${who% *}" "$TMP/rec")" "kept the pyc in the shadow, as user ${who#* }: " \
		"who_kept_${who% *}_is_told"
done

entry "$TMP/rec" 0
is "$(cat "$TMP/out")$(cat "$TMP/err")" "a"$'\n'"5" started_worker_runs_and_says_nothing
is "$(held | tr ' ' '\n' | grep -c "^pycshim-$NOBODY/")" 3 started_worker_has_a_tree_of_its_own

# A shadow that only root can access: workers cannot use it, and one line says so.
for workers in 3 0; do
	rm -rf "$SHADOW"
	entry "$TMP/rec" $workers PYCSHIM_ROOT="$SHADOW"
	is "$(tail -n 1 "$TMP/out")" "$([ $workers = 0 ] && echo 5 || echo b c)" "closed_root_lets_${workers}_workers_run"
	is "$(lines)" 1 "closed_root_is_named_once_to_${workers}_workers" "$(cat "$TMP/err")"
	is "$(find "$SHADOW" -name '*.pyc' | wc -l) $(find "$SHADOW" -user $NOBODY)" "2 " \
		"closed_root_is_left_alone_by_${workers}_workers"
done
is "$(totals "$TMP/rec")" "(5, 0, 5, 2, 3)" closed_root_is_as_read_only

# A shadow that all can read: workers use root's pycs and add none.
rm -rf "$SHADOW"
mkdir -m 755 "$SHADOW"
redirected "$TMP/rec" "$python" "${py_flags[@]}" -c "import sys; sys.path.insert(0, '$TREE'); import pkg.b"
entry "$TMP/rec" 3 PYCSHIM_ROOT="$SHADOW"
is "$(totals "$TMP/rec")" "(8, 4, 4, 1, 3)" readable_root_is_used_as_far_as_it_goes
is "$(lines)" 1 readable_root_that_takes_nothing_is_named_once "$(cat "$TMP/err")"

# A shadow of the workers: root never uses pycs that another user made.
rm -rf "$SHADOW"
install -d -m 700 -o $NOBODY "$SHADOW"
entry "$TMP/rec" 3 PYCSHIM_ROOT="$SHADOW"
is "$(totals "$TMP/rec")" "(8, 4, 4, 2, 2)" root_of_a_worker_is_used_by_workers_alone
is "$(lines) $(find "$SHADOW" -name '*.pyc' ! -user $NOBODY)" "1 " root_of_a_worker_holds_theirs_alone

# When a process changes its user, its cached trust in directories must not carry over to
# the new user's shadow.
cat >"$TMP/change.sh" <<'END'
run() { env -i LD_PRELOAD="$LIB" PYCSHIM_MODE=redirect PYCSHIM_ONLY="$TREE" PYCSHIM_RECORD=off "$@"; }
path="import sys; sys.path.insert(0, '$TREE')"
run "$@" -c "$path; import pkg.a, pkg.b"
run setpriv --reuid=$NOBODY --regid=$NOBODY --clear-groups -- "$@" -c "$path; import pkg.a, pkg.b"
caches=/dev/shm/pycshim-$NOBODY/shadow$TREE/pkg/__pycache__
# with the times of the replaced pyc, by which redirect identifies the source
touch -r "$caches/b.$TAG.pyc" /dev/shm/times
cp "$EVIL" "$caches/b.$TAG.pyc"
touch -r /dev/shm/times "$caches/b.$TAG.pyc"
[ -z "$OWNER" ] || chown "$OWNER" "$caches"
run "$@" -c "$path; import pkg.a, os
os.setgid($NOBODY)
os.setuid($NOBODY)
import pkg.b
print(pkg.b.value)"
END
mkdir "$TMP/evil"
sed 's/b/e/' "$TREE/pkg/b.py" >"$TMP/evil/b.py"
touch -r "$TREE/pkg/b.py" "$TMP/evil/b.py"
clean_env "$python" "${py_flags[@]}" -m compileall -q "$TMP/evil" >"$TMP/out"
# becomes OWNER: print the result of the second import; OWNER owns the directory in the
# shadow
becomes() {
	EVIL=$TMP/evil/__pycache__/b.$py_tag.pyc TAG=$py_tag OWNER=$1 NOBODY=$NOBODY TREE=$TREE LIB=$LIB \
		small_tmpfs 8m /dev/shm sh "$TMP/change.sh" "$python" "${py_flags[@]}" 2>"$TMP/err"
}
is "$(becomes '')" e pyc_of_the_new_user_would_be_run "$(cat "$TMP/err")"
is "$(becomes 1)" b directory_of_another_is_not_used_by_the_new_user
is "$(grep -c '^pycshim: .*made by somebody else' "$TMP/err")" 1 directory_of_another_is_named_once "$(cat "$TMP/err")"

# --- servers -------------------------------------------------------------------------------

python=/usr/bin/python3
cat >"$TREE/hello.py" <<'END'
import pkg.a

def application(environ, start_response):
    import pkg.b, pkg.sub
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [("%s %s" % (pkg.b.value, pkg.sub.d.x)).encode()]
END
chmod 1777 "$TMP/home"

# serves NAME READY_REGEX HOLDERS COMMAND...: a server whose workers run as nobody
serves() {
	local name=$1 port
	(cd "$TREE" && exec unshare -m sh -c 'mount -t tmpfs -o mode=1777 tmpfs /dev/shm && exec "$@"' - \
		env -i PATH="$SYSTEM_PATH" LD_PRELOAD="$LIB" PYCSHIM_MODE=redirect PYCSHIM_ONLY="$TREE" \
		PYTHONPATH="$TREE" "${@:4}") >"$TMP/log" 2>&1 &
	started $!
	if wait_until 60 grep -qE "$2" "$TMP/log"; then
		port=$(grep -oE '127.0.0.1:[0-9]+' "$TMP/log" | head -n 1)
		is "$(helper -c 'import sys, urllib.request
for _ in range(6):
    answer = urllib.request.urlopen("http://%s/" % sys.argv[1], timeout=20).read()
print(answer.decode())' "$port" 2>&1)" "b 5" "${name}_answers" "$(tail -n 5 "$TMP/log")"
	else
		not_ok "${name}_answers" "$(tail -n 20 "$TMP/log")"
	fi
	nsenter -t $! -m find /dev/shm -name '*.pyc' -printf '%U %P\n' >"$TMP/held"
	is "$(sed 's|/.*||' "$TMP/held" | sort -u | tr '\n' ' ')" "$3" \
		"${name}_workers_have_a_tree_of_their_own" "$(cat "$TMP/log")"
	check "${name}_workers_keep_what_they_import" grep -q "^$NOBODY .*/b\." "$TMP/held"
	is "$(grep -c '^pycshim: ' "$TMP/log")" 0 "${name}_says_nothing" "$(cat "$TMP/log")"
	end $!
}

if clean_env "$python" -s -c 'import gunicorn' 2>/dev/null; then
	serves gunicorn 'Booting worker' "0 pycshim-0 $NOBODY pycshim-$NOBODY " \
		"$python" -s -m gunicorn -w 2 --preload --user $NOBODY \
		--group $NOBODY -b 127.0.0.1:0 --worker-tmp-dir "$TMP/home" hello:application
else
	skip "no gunicorn" gunicorn
fi
if PATH=$SYSTEM_PATH command -v uwsgi >/dev/null && compgen -G '/usr/lib/uwsgi/plugins/python3*' >/dev/null; then
	# it changes the user before it starts Python
	serves uwsgi 'WSGI app 0 .* ready' "$NOBODY pycshim-$NOBODY " uwsgi --plugin python3 \
		--http-socket 127.0.0.1:0 --master --processes 2 --uid $NOBODY --gid $NOBODY \
		--wsgi-file hello.py --die-on-term --need-app
else
	skip "no uwsgi" uwsgi
fi
