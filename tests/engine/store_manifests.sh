#!/bin/bash
# SPDX-License-Identifier: MIT
# The README's Compose file and its Pod with a store, as written, and its commands for a CI.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/engine.bash"
. "$(dirname "$0")/app.bash"
. "$(dirname "$0")/compose.bash"
engine_begin
app_image
mkdir "$TMP/shop"
cd "$TMP/shop" || exit 1

# stored CONTAINER first|second TEST: the first compiles what the second is given
stored() {
	told "$1" || note "$(cat "$TMP/log")"
	if [ "$2" = first ]; then
		is "$(value summary 'd["totals"]["compiled"] > 10')" True "${3}_first_compiles"
	else
		is "$(value summary '(d["totals"]["compiled"], d["totals"]["reused"] > 10)')" '(0, True)' "${3}_second_compiles_nothing"
	fi
}

if has_compose; then
	readme_block yaml pycshim-store:/store >compose.yaml
	for turn in first second; do
		check "compose_brings_the_${turn}_up" compose up -d
		container=$(podman ps --format '{{.Names}}')
		serves "$container" 4 "compose_$turn"
		# the second is a new container, which shares the volume alone
		stored "$container" $turn compose
		[ $turn = first ] || check compose_leaves_a_store_that_is_whole podman exec "$container" pycstat store verify
		check "compose_brings_the_${turn}_down" compose down
	done
else
	skip "no podman-compose" compose_brings_it_up
fi

readme_block yaml 'claimName: pycshim-store' >pod.yaml
for turn in first second; do
	check "pod_begins_the_$turn" podman kube play --network=none pod.yaml
	serves stored-app 4 "pod_$turn"
	stored stored-app $turn pod
	podman pod rm -f -t 0 stored >/dev/null
done

# a cache that was unpacked with all permissions
command=$(readme_block yaml before_script: | sed -n '/^before_script:/{n; s/^  - //p}')
prune=$(readme_block yaml before_script: | sed -n '/^after_script:/{n; s/^  - //p}')
mkdir -p modules && echo 'x = 1' >modules/m.py
ci() { clean_env LD_PRELOAD="$LIB" PYCSHIM_STORE="$PWD/.cache/pycshim" PYCSHIM_RECORD="$PWD/recording" "$python" -ISc \
	'import sys; sys.path.insert(0, "modules"); import m; print(m.x)' 2>&1; }
eval "$command"
ci >/dev/null
rm -rf modules/__pycache__ recording && chmod -R a+rwX .cache
like "$(ci)" 'writable by others' ci_cache_with_all_permissions_is_refused
rm -rf modules/__pycache__ recording
eval "$command"
is "$(ci) $(stat_json "$PWD/recording" summary .totals.reused)" '1 1' ci_cache_after_the_command_is_used
pycstat() { PYCSHIM_STORE=$PWD/.cache/pycshim "$PYCSTAT" "$@"; }
check ci_prunes_its_cache eval "$prune"
is "$(find .cache -name '*.[0-9]*' -type f | wc -l)" 1 ci_keeps_what_was_used
