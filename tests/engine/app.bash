# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# The application of the README's container recipes: its image, and what a container of it
# does.  Sourced after engine.bash.

CONTEXT=$TMP/context # what the Dockerfile is built in
PACKAGES=/usr/lib/python3/dist-packages
python=$(readlink -f /usr/bin/python3)

need gunicorn
clean_env "$python" -c 'import django' 2>/dev/null || skip_all "no Django"
compgen -G '/usr/share/python-wheels/pip-*.whl' >/dev/null || skip_all "no wheel of pip"

# --- its image ---------------------------------------------------------------------------

# app_python DIRECTORY: a root like those of Docker's official Python images, where the
# standard library has no pycs.  Debian's packages, which have theirs, are what pip has
# installed.  Its pip is the real one; all that it finds is Debian's gunicorn, as a wheel.
app_python() {
	local version=${python##*/} library
	library=$1/usr/local/lib/$version
	engine_root "$1"
	mkdir -p "$library" "$1/usr/local/lib/python3/dist-packages" "$1/wheels"
	cp "$python" "$1/usr/local/bin/"
	ln -s "$version" "$1/usr/local/bin/python3"
	tar -C "/usr/lib/$version" --exclude=__pycache__ --exclude=./{test,lib2to3,idlelib,config-\*} \
		--exclude=EXTERNALLY-MANAGED -c . | tar -C "$library" -x
	# Without CAP_CHOWN a mirror of this cannot be given to its owner.
	chown -R 1234 "$library/xml"
	echo "$PACKAGES" >"$1/usr/local/lib/python3/dist-packages/debian.pth"
	helper "$TOP/tests/engine/wheel.py" "$PACKAGES/gunicorn" gunicorn.app.wsgiapp:run "$1/wheels"
	cat >"$1/usr/local/bin/pip" <<-'END'
		#!/bin/sh
		export DEB_PYTHON_INSTALL_LAYOUT=deb PIP_ROOT_USER_ACTION=ignore
		export PIP_NO_INDEX=1 PIP_FIND_LINKS=/wheels PIP_IGNORE_INSTALLED=1
		for wheel in /usr/share/python-wheels/pip-*.whl; do exec python3 "$wheel/pip" "$@"; done
	END
	chmod 755 "$1/usr/local/bin/pip"
}

# app_context: the application, the README's Dockerfile, and the images that it begins with
app_context() {
	local base
	mkdir -p "$CONTEXT/app"
	{
		cat "$TOP/tests/bench/django_site.py"
		printf '\nimport sys  # noqa: E402\n\nprint("this worker is ready", file=sys.stderr, flush=True)\n'
	} >"$CONTEXT/app/wsgi.py"
	# gunicorn warns of each worker that a signal ended from within its handler of SIGCHLD.
	# Two such warnings at once are a "reentrant call", which ends it, here and anywhere.
	echo 'loglevel = "error"' >"$CONTEXT/app/gunicorn.conf.py"
	readme_block dockerfile FROM >"$CONTEXT/Dockerfile"
	mapfile -t base < <(sed -n 's/^FROM \([^ ]*\).*/\1/p' "$CONTEXT/Dockerfile")
	podman tag skeleton "${base[0]}" && app_python "$ENGINE/python" &&
		engine_import "$ENGINE/python" "${base[1]}"
}

# app_image: the image `app`, by the second stage of the README's Dockerfile.  This build's
# files stand for those of the first.
app_image() {
	local out=$ENGINE/first/out/usr/local
	{
		mkdir -p "$out/bin" "$out/lib" && cp "$PYCSHIM" "$PYCSTAT" "$out/bin" &&
			cp "$LIB" "$out/lib" && engine_import "$ENGINE/first" pycshim && app_context &&
			tac "$CONTEXT/Dockerfile" | sed '/^FROM/q' | tac >"$CONTEXT/second" &&
			engine_build "$CONTEXT/second" "$CONTEXT" app
	} >"$TMP/log" 2>&1 && return
	not_ok "${SCRIPT}_image_can_be_built" "$(tail -n 20 "$TMP/log")"
	exit 1
}

# --- its containers ----------------------------------------------------------------------

# run NAME OPTION... : a container named NAME.  podman gives a read-only one a /tmp of its
# own, which others do not.
run() { podman run -d --name "$1" --read-only-tmpfs=false "${@:2}" >"$TMP/log" 2>&1 || note "$(cat "$TMP/log")"; }

ready() { [ "$(podman logs "$1" 2>&1 | grep -c 'worker is ready')" -ge "$2" ]; }

# serves CONTAINER WORKERS TEST: so many workers have got ready since it was made, and one
# answers a request, which is made from outside the container, but in its network.
serves() {
	local answer
	if ! wait_until 120 ready "$1" "$2"; then
		not_ok "${3}_serves" "not $2 workers get ready:"$'\n'"$(podman logs --tail 40 "$1" 2>&1)"
		return
	fi
	answer=$(nsenter --net="/proc/$(podman inspect -f '{{.State.Pid}}' "$1")/ns/net" \
		"$python" -ISBc 'import urllib.request
print(urllib.request.urlopen("http://127.0.0.1:8000/", timeout=20).read().decode())' 2>&1)
	is "$answer" 'It works.' "${3}_serves" "$(podman logs --tail 40 "$1" 2>&1)"
}

# is_readonly CONTAINER TEST
is_readonly() {
	like "$(podman exec "$1" touch /app/new 2>&1)" 'Read-only file system' "${2}_is_read_only"
}

# told CONTAINER [RECORDING]: what pycstat tells inside, to $TMP/summary and $TMP/modules
told() {
	podman exec "$1" pycstat summary --json "${@:2}" >"$TMP/summary" 2>"$TMP/log" &&
		podman exec "$1" pycstat modules --json --top 0 "${@:2}" >"$TMP/modules" 2>>"$TMP/log"
}

# value FILE EXPRESSION: over the JSON document `d`
value() { helper -c 'import json, sys; d = json.load(open(sys.argv[1])); print(eval(sys.argv[2]))' "$TMP/$1" "$2"; }

# keeps CONTAINER SHADOW TEST [RECORDING]: the pycs of the image are hits, and what was
# compiled is in the shadow, all of it.
keeps() {
	told "$1" "${@:4}" || note "$(cat "$TMP/log")"
	helper "$TOP/tests/engine/kept.py" "$TMP/summary" "$TMP/modules" "$PACKAGES/" >"$TMP/kept" 2>&1
	is "$(cat "$TMP/kept")" "$(podman exec "$1" find "$2" -name '*.pyc' | wc -l) modules compiled and kept" "${3}_keeps_pycs"
}

# is_warm CONTAINER WORKERS TEST [RECORDING]: since what was told last, so many workers have
# looked up their modules, and compiled none.
is_warm() {
	mv "$TMP/summary" "$TMP/before"
	told "$1" "${@:4}" || note "$(cat "$TMP/log")"
	is "$(helper -c 'import json, sys
before, after = (json.load(open(file))["totals"] for file in sys.argv[2:])
more = {key: after[key] - before[key] for key in ("lookups", "compiled")}
print("compiled 0" if not more["compiled"] and more["lookups"] > 400 * int(sys.argv[1]) else more)
' "$2" "$TMP/before" "$TMP/summary" 2>&1)" 'compiled 0' "${3}_is_warm"
}

# stops CONTAINER TEST: in time, with the status of the program
stops() {
	podman stop -t 60 "$1" >/dev/null 2>&1
	is "$(podman inspect -f '{{.State.ExitCode}}' "$1")" 0 "${2}_stops_with_its_programs_status"
}
