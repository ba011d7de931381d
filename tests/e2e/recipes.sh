#!/bin/bash
# The README's container recipes, as written: in a sandbox that has an image's root, for
# there is no container engine here.  What a recipe says of users, variables, mounts and
# commands is read out of the README and used.

. "$(dirname "$0")/../lib.sh"

need bwrap setpriv gunicorn uwsgi make
is_root || skip_all "another user in a sandbox needs root"
clean_env /usr/bin/python3 -c 'import yaml' 2>/dev/null || skip_all "no yaml module"
bwrap --ro-bind / / --unshare-net --unshare-pid --proc /proc --dev /dev true 2>/dev/null ||
	skip_all "no sandbox here"

# recipe NAME: sets what recipes.py prints
recipe() {
	local said
	if ! said=$(clean_env /usr/bin/python3 "$TOP/tests/e2e/recipes.py" "$TOP/README.md" "$1" 2>&1); then
		not_ok "recipe_${1}_can_be_read" "$said"
		exit 1
	fi
	eval "$said"
}
# shellcheck disable=SC2030,SC2031 # set by eval
command=() variables=() tmpfs=() made=() build=() packages=() copied=()
directory='' user='' readonly=''

# sandbox BWRAP_OPTION... -- COMMAND...: an image's root with this system's programs, and
# what every engine mounts.  Its /tmp is the root's: read-only where that is.
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

# --- the image ---------------------------------------------------------------------------

recipe dockerfile
mkdir -p "$TMP/context/app" "$TMP/out"
git -C "$TOP" ls-files -z | (cd "$TOP" && xargs -0 tar -cf - --ignore-failed-read) |
	tar -xf - --one-top-level="$TMP/context/pycshim"
cat >"$TMP/context/app/wsgi.py" <<'END'
import page
def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [page.text]
END
echo 'text = b"served"' >"$TMP/context/app/page.py"

check dockerfile_installs_what_a_build_needs clean_env sh -c \
	'[ $# -gt 3 ] && for package; do apt-cache show "$package" >/dev/null || exit; done' sh "${packages[@]}"
is "$(printf '%s\n' "${packages[@]}" | sort | xargs)" \
	"$({ awk '$1 == "build" { print $4 }' "$TOP/tests/setup"; echo make; } | sort | xargs)" \
	dockerfile_installs_what_setup_does
# shellcheck disable=SC2154 # recipe() sets it
check dockerfile_builds_and_installs sandbox --bind "$TMP/context/pycshim" /pycshim \
	--bind "$TMP/out" /out -- sh -ec "${build[*]}"
image=()
for pair in "${copied[@]}"; do
	case $pair in
	/out*) image+=(--ro-bind "$TMP${pair%%:*}" "${pair#*:}") ;;
	*) image+=(--ro-bind "$TMP/context/${pair%%:*}" "${pair#*:}") ;;
	esac
done

# --- a container -------------------------------------------------------------------------

# What runs inside: the recipe's command, twice, with a request to each, and the totals.
# What the command says goes to standard error: there may be no place for a file.
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
	kill "$pid"
	wait "$pid"
}
summary() { pycstat ${recording:+"$recording"} --json; }
start "$@"
first=$(summary)
start "$@"
printf '%s\n%s\n' "$first" "$(summary)"
END

# Of two summaries, the second of both starts: what the application's modules came to.
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
	local place mounts=() settings=() recording='' name=$1
	for place in "${tmpfs[@]}"; do mounts+=(--perms "${place%%:*}" --tmpfs "${place#*:}"); done
	for place in "${made[@]}"; do mounts+=(--dir "$place"); done
	mounts+=(--ro-bind "$TMP/inside" /inside)
	for place in "${variables[@]}"; do
		settings+=(--setenv "${place%%=*}" "${place#*=}")
		[ "${place%%=*}" != PYCSHIM_RECORD ] || recording=${place#*=}
	done
	[[ ! " ${command[*]} " =~ \ (-o|--uid)\ ([^ ]+) ]] || recording=${BASH_REMATCH[2]}
	case $recording in
	'' | /*) ;;
	*) recording=/dev/shm/pycshim-$(id -u "$recording")/recording ;; # where each user's is
	esac
	[ "$readonly" != yes ] || mounts+=(--remount-ro /)
	# shellcheck disable=SC2016 # for the inner shell
	out=$(sandbox "${image[@]}" "${mounts[@]}" "${settings[@]}" --setenv recording "$recording" \
		--setenv made "${made[*]}" --chdir "$directory" -- timeout 120 sh -c '
user=$0
[ -z "$made" ] || chown "$user" $made
group=$(id -g "$user" 2>/dev/null || echo "$user")
exec setpriv --reuid="$user" --regid="$group" --clear-groups sh /inside "$@"' "$user" "${command[@]}" 2>"$TMP/log")
	is "$(helper "$TMP/judge.py" <<<"$out" 2>&1)" \
		"served served | first: kept | second: compiled 0 more" "recipe_${name}_works_as_written" "$out" "$(tail -n 15 "$TMP/log")"
}

for name in dockerfile compose kubernetes systemd uwsgi; do
	recipe "$name"
	container "$name"
done
