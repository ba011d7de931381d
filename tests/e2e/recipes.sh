#!/bin/bash
# SPDX-License-Identifier: MIT
# The README's recipes for systemd and uWSGI, in a sandbox: the users, variables, mounts
# and commands are read from the README.  Tests of the recipes for container engines are
# in tests/engine.

. "$(dirname "$0")/../lib.sh"

need bwrap setpriv gunicorn uwsgi
is_root || skip_all "another user in a sandbox needs root"
bwrap --ro-bind / / --unshare-net --unshare-pid --proc /proc --dev /dev true 2>/dev/null ||
	skip_all "no sandbox here"

# recipe NAME: set the variables that recipes.py prints
recipe() {
	local said
	if ! said=$(clean_env /usr/bin/python3 "$TOP/tests/e2e/recipes.py" "$TOP/README.md" "$1" 2>&1); then
		not_ok "recipe_${1}_can_be_read" "$said"
		exit 1
	fi
	eval "$said"
}
# shellcheck disable=SC2030,SC2031 # set by eval
command=() tmpfs=() made=()
directory='' user=''

# sandbox BWRAP_OPTION... -- COMMAND...: a root file system with this system's programs
# and the usual mounts of an engine.  /tmp is part of the root, and read-only if the root
# is.
sandbox() {
	local options=()
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	env -i PATH="$SYSTEM_PATH" HOME=/ LANG=C.UTF-8 bwrap --unshare-net --unshare-pid \
		--die-with-parent --tmpfs / --ro-bind /usr /usr --symlink usr/bin /bin \
		--symlink usr/sbin /sbin --symlink usr/lib /lib --symlink usr/lib64 /lib64 \
		--ro-bind /etc /etc --proc /proc --dev /dev --perms 1777 --tmpfs /dev/shm \
		--perms 1777 --dir /tmp --perms 1777 --dir /var/tmp \
		"${options[@]}" "$@"
}

# --- the sandbox's root
# ------------------------------------------------------------------

mkdir -p "$TMP/app" "$TMP/local/bin" "$TMP/local/lib"
cp "$PYCSHIM" "$PYCSTAT" "$TMP/local/bin/"
cp "$LIB" "$TMP/local/lib/"
cat >"$TMP/app/wsgi.py" <<'END'
import page
def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [page.text]
END
echo 'text = b"served"' >"$TMP/app/page.py"

image=(--ro-bind "$TMP/local" /usr/local --ro-bind "$TMP/app" /app)

# --- a sandbox ---------------------------------------------------------------------------

# The script inside the sandbox runs the recipe's command twice, sends a request to each,
# and prints the totals.  The command's output goes to standard error, because there may
# be no writable place for a file.
cat >"$TMP/inside" <<'END'
start() {
	"$@" >&2 &
	pid=$!
	for try in $(seq 200); do
		if answer=$(/usr/bin/python3 -ISBc 'from urllib.request import urlopen
print(urlopen("http://127.0.0.1:8000/", timeout=10).read().decode())' 2>/dev/null); then
			break
		fi
		kill -0 "$pid" 2>/dev/null || break
		sleep 0.1
	done
	echo "$answer"
	# a worker of uWSGI that is not ready yet misses the signal, and is killed a minute later
	sleep 1
	kill "$pid"
	wait "$pid"
}
summary() { pycstat ${recording:+"$recording"} --json; }
start "$@"
first=$(summary)
start "$@"
printf '%s\n%s\n' "$first" "$(summary)"
END

# From the summaries of the first start and of both, print the results of the
# application's modules.
cat >"$TMP/judge.py" <<'END'
import json, sys
answers, brace, rest = sys.stdin.read().partition("{")
one, end = json.JSONDecoder().raw_decode(brace + rest)
two = json.loads((brace + rest)[end:])
first, both = one["totals"], two["totals"]
print(" ".join(answers.split()), "|", "first: kept" if first["written"] and set(one["write_errors"]) <= {"EEXIST"}  # a sibling was at it
      else "first: %s" % first, "|", "second: compiled %d more" % (both["compiled"] - first["compiled"]))
END

container() {
	local place mounts=() recording='' name=$1
	for place in "${tmpfs[@]}"; do mounts+=(--perms "${place%%:*}" --tmpfs "${place#*:}"); done
	for place in "${made[@]}"; do mounts+=(--dir "$place"); done
	mounts+=(--ro-bind "$TMP/inside" /inside)
	[[ ! " ${command[*]} " =~ \ (-o|--uid)\ ([^ ]+) ]] || recording=${BASH_REMATCH[2]}
	case $recording in
	'' | /*) ;;
	*) recording=/dev/shm/pycshim-$(id -u "$recording")/recording ;; # the user's default
	esac
	mounts+=(--remount-ro /)
	# shellcheck disable=SC2016 # for the inner shell
	out=$(sandbox "${image[@]}" "${mounts[@]}" --setenv recording "$recording" \
		--setenv made "${made[*]}" --chdir "$directory" -- timeout 300 sh -c '
user=$0
[ -z "$made" ] || chown "$user" $made
group=$(id -g "$user" 2>/dev/null || echo "$user")
exec setpriv --reuid="$user" --regid="$group" --clear-groups sh /inside "$@"' "$user" "${command[@]}" 2>"$TMP/log")
	is "$(helper "$TMP/judge.py" <<<"$out" 2>&1)" \
		"served served | first: kept | second: compiled 0 more" "recipe_${name}_works_as_written" "$out" "$(tail -n 15 "$TMP/log")"
}

for name in systemd uwsgi; do
	recipe "$name"
	container "$name"
done
