#!/bin/bash
# SPDX-License-Identifier: MIT
# The recipe of an init container: the image that make dist makes gives a volume the library,
# and the application's container uses it from there.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../engine/engine.bash"
. "$(dirname "$0")/../engine/app.bash"
. "$(dirname "$0")/dist.bash"
engine_begin
app_image
check init_container_tree_is_made release_tree "$TMP/tree" || exit 1
check init_container_release_is_made release_made "$TMP/tree" || exit 1
check init_container_image_is_loaded podman load -q -i "$RELEASE/dist/pycshim-$VERSION-oci.tar"

# podman 4.3 starts an init container again that has ended well, unless the pod never restarts
sed 's/^spec:/&\n  restartPolicy: Never/' "$TOP/tools/recipes/kubernetes-init.yaml" >"$TMP/pod.yaml"
check init_container_pod_begins podman kube play --network=none "$TMP/pod.yaml" ||
	note "$(podman ps -a; podman logs app-pycshim)"
serves app-app 4 init_container
is_readonly app-app init_container
is "$(podman exec app-app id -u)" 1000 init_container_leaves_the_user
is "$(grep -o '/[^ ]*libpycshim.so' "/proc/$(podman inspect -f '{{.State.Pid}}' app-app)/maps" | sort -u)" \
	/pycshim/libpycshim.so init_container_library_is_the_volumes
check init_container_volume_has_the_reader podman exec app-app /pycshim/pycstat /cache/recording
keeps app-app /cache/pyc init_container /cache/recording
stops app-app init_container
