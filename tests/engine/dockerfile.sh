#!/bin/bash
# SPDX-License-Identifier: MIT
# The README's Dockerfile, built and run as written; a restart; its pycs baked into an image.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/engine.bash"
. "$(dirname "$0")/app.bash"
need apt-get git make
engine_begin

check dockerfile_begins_with_images_that_are_there app_context
is "$(sed -n 's/.*apt-get install -y --no-install-recommends //p' "$CONTEXT/Dockerfile" | xargs -n 1 | sort | xargs)" \
	"$({ awk '$1 == "build" { print $4 }' "$TOP/tests/setup"; echo make; } | sort | xargs)" \
	dockerfile_installs_what_setup_does
git -C "$TOP" ls-files -z | (cd "$TOP" && xargs -0 tar -cf - --ignore-failed-read) |
	tar -xf - --one-top-level="$CONTEXT/pycshim"
check dockerfile_builds_as_written engine_build "$CONTEXT/Dockerfile" "$CONTEXT" app || exit 1
same dockerfile_image_has_the_built_library_and_no_other \
	<(podman run --rm --entrypoint '' app sh -c 'ls /usr/local/lib/*.so /usr/local/bin/pyc*') \
	<(printf '/usr/local/%s\n' bin/pycshim bin/pycstat lib/libpycshim.so)

# the options that the README gives `docker run`
mapfile -t line < <(sed -n 's/^\$ docker run \(.*\) app$/\1/p' "$TOP/README.md")
is ${#line[@]} 1 readme_has_one_docker_run
read -ra options <<<"${line[0]}"
run app "${options[@]}" app
serves app 4 dockerfile
is_readonly app dockerfile
keeps app /dev/shm/pycshim-0/shadow dockerfile
is "$(value summary 'd["recordings"]')" "['/dev/shm/pycshim-0/recording']" dockerfile_records_in_the_default_place

# --- a restart ---------------------------------------------------------------------------

# Whether /dev/shm is still there is a race of podman's with its own clean-up: a restart may be
# cold.  (A volume makes it warm: see users.sh.)
check dockerfile_restarts podman restart -t 60 app
serves app 8 dockerfile_restarted
stops app dockerfile

# --- baked -------------------------------------------------------------------------------

# compiles IMAGE: how many sources the application's import compiles, without the library
compiles() {
	podman run --rm --read-only --entrypoint '' "$1" python3 -c '
from importlib.machinery import SourceFileLoader
compiled, compile = [], SourceFileLoader.source_to_code
SourceFileLoader.source_to_code = lambda *arguments, **named: (
    compiled.append(arguments), compile(*arguments, **named))[1]
import wsgi
print(len(compiled))' 2>/dev/null
}

# the line that the README gives, for a container that is not read-only
mapfile -t line < <(grep -E '^\$ docker exec app pycshim .*--bake / && docker commit app' "$TOP/README.md")
is ${#line[@]} 1 readme_has_one_bake_of_a_container
docker() { podman "$@"; }
podman rm app >/dev/null
run app app
serves app 4 writable
podman diff app | sort >"$TMP/before"
is "$(grep -E '__pycache__|\.pyc$' "$TMP/before")" '' writable_container_gets_no_pycs_in_place
kept=$(podman exec app find /dev/shm/pycshim-0/shadow -name '*.pyc' | wc -l)
eval "${line[0]#'$ '}" >"$TMP/out" 2>"$TMP/log"
like "$? $(cat "$TMP/out")" "^0 $kept files, [0-9]+ bytes, copied from /dev/shm/pycshim-0/shadow into /" \
	bake_copies_what_was_kept
is "$(podman diff app | sort | comm -13 "$TMP/before" - | sed -n 's/^A //p' | grep -vE '(/__pycache__|\.pyc)$')" '' bake_adds_bytecode_alone
like "$(compiles app)" '^[2-9][0-9]$' image_without_bake_compiles
is "$(compiles app:baked)" 0 baked_image_compiles_nothing
run baked "${options[@]}" app:baked
serves baked 4 baked
told baked
is "$(value summary 'd["totals"]["compiled"]') $(podman exec baked find /dev/shm -name '*.pyc')" '0 ' \
	baked_image_needs_no_shadow
stops baked baked
