#!/bin/bash
# SPDX-License-Identifier: MIT
# One volume as the store of several containers, which is all that they share.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/engine.bash"
. "$(dirname "$0")/app.bash"
engine_begin
app_image

two=(gunicorn --workers 2 --bind 0.0.0.0:8000 wsgi)
with=(--read-only --tmpfs /tmp -v store:/store -e PYCSHIM_STORE=/store -e PYCSHIM_RECORD=/tmp/recording)

# totals CONTAINER NAME...: of its recording
totals() {
	told "$1" /tmp/recording || note "$(cat "$TMP/log")"
	value summary "[d['totals'][name] for name in '${*:2}'.split()]"
}

run first "${with[@]}" app "${two[@]}"
serves first 2 first
like "$(totals first compiled)" '^\[[1-9][0-9]+\]$' first_container_compiles
for container in second third; do
	run $container "${with[@]}" app "${two[@]}"
	serves $container 2 $container
	is "$(totals $container compiled)" '[0]' "${container}_container_compiles_nothing"
	like "$(totals $container reused)" '^\[[1-9][0-9]+\]$' "${container}_container_is_answered_by_the_store"
done
check containers_leave_a_store_that_is_whole podman exec third pycstat store verify --sample 0 /store
for container in first second third; do stops $container $container; done
podman rm -f -t 0 first second third >/dev/null

# all at once, with an empty store
podman volume rm -f store >/dev/null
for container in first second third; do run $container "${with[@]}" app "${two[@]}"; done
for container in first second third; do serves $container 2 "at_once_$container"; done
check containers_at_once_leave_a_store_that_is_whole podman exec third pycstat store verify --sample 0 /store
podman rm -f -t 0 first second third >/dev/null

# another user cannot use the store of root if root has closed it, and says so
podman run --rm --user 1000 "${with[@]}" --entrypoint '' -e LD_PRELOAD=/usr/local/lib/libpycshim.so app \
	python3 -c 'print("ran")' >"$TMP/out" 2>&1
is "$(grep -v '^pycshim: ' "$TMP/out")" ran container_of_another_user_runs "$(cat "$TMP/out")"
