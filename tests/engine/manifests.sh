#!/bin/bash
# SPDX-License-Identifier: MIT
# The README's Compose file and its Pod of Kubernetes, as written; a recording got out.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/engine.bash"
. "$(dirname "$0")/app.bash"
. "$(dirname "$0")/compose.bash"
engine_begin
app_image
mkdir "$TMP/shop"
cd "$TMP/shop" || exit 1

# reloads CONTAINER TEST [RECORDING]: four new workers take over.
reloads() {
	podman kill -s HUP "$1" >/dev/null
	serves "$1" 8 "${2}_reloaded"
	is_warm "$1" 4 "${2}_reloaded" "${@:3}"
}

# --- Compose -----------------------------------------------------------------------------

if has_compose; then
	readme_block yaml size=64m >compose.yaml
	check compose_brings_it_up compose up -d
	container=$(podman ps --format '{{.Names}}')
	serves "$container" 4 compose
	is_readonly "$container" compose
	keeps "$container" /cache/pyc compose /cache/recording
	reloads "$container" compose /cache/recording

	# the lines that the README gives, for this container
	docker() { podman "${@/#app/$container}"; }
	pycstat() { LC_ALL=C "$PYCSTAT" "$@"; }
	mapfile -t line < <(sed -n 's/^\$ \(docker exec app .*pycstat.*\)/\1/p' "$TOP/README.md")
	is ${#line[@]} 2 readme_has_two_ways_to_read_a_recording
	eval "${line[0]}" | sed 2d >inside
	eval "${line[1]}" | sed 2d >outside
	like "$(head -n 1 inside)" '^Bytecode cache of [0-9]+ processes' recording_is_read_inside
	same recording_is_read_outside outside inside

	stops "$container" compose
	check compose_brings_it_down compose down
else
	skip "no podman-compose" compose_brings_it_up
fi

# --- Kubernetes --------------------------------------------------------------------------

readme_block yaml 'sizeLimit: 64Mi' >pod.yaml
check pod_begins podman kube play --network=none pod.yaml
serves app-app 4 pod
is_readonly app-app pod
is "$(podman exec app-app id -u)" 1000 pod_runs_as_its_user
keeps app-app /cache/pyc pod /cache/recording
reloads app-app pod /cache/recording
stops app-app pod
