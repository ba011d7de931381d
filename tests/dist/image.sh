#!/bin/bash
# SPDX-License-Identifier: MIT
# The images that make dist makes: podman loads them, `COPY --from` installs from them, and
# a read-only container of the result traces and redirects.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../engine/engine.bash"
. "$(dirname "$0")/dist.bash"
engine_begin
check image_tree_is_made release_tree "$TMP/tree" || exit 1
check image_is_made release_made "$TMP/tree" || exit 1
release=$RELEASE/dist

# the commands of the README, for this version
is "$(grep -c '^COPY --from=pycshim / /usr/local/$' "$TOP/README.md")" 1 readme_copies_from_the_image
check image_is_loaded podman load -q -i "$release/pycshim-$VERSION-oci.tar"
is "$(podman image inspect -f '{{.Architecture}}' pycshim)" amd64 image_loaded_is_for_this_machine
check image_is_small test "$(podman image inspect -f '{{.Size}}' pycshim)" -lt 2000000
printf 'FROM skeleton\nCOPY --from=pycshim / /usr/local/\n' >"$TMP/Dockerfile"
check image_is_copied_from engine_build "$TMP/Dockerfile" "$TMP" copied
is "$(podman run --rm copied pycshim --version)" \
	"pycshim $VERSION (commit $(git -C "$TMP/tree" log -1 --abbrev=12 --format=%h))" image_copied_has_the_launcher
is "$(podman run --rm copied pycshim --print-lib)" /usr/local/lib/libpycshim.so image_copied_has_the_library

# two starts that import a module without a pyc, in a read-only container
mkdir -p "$TMP/app"
echo 'answer = 42' >"$TMP/app/fresh.py"
cat >"$TMP/both.sh" <<'END'
touch /new 2>/dev/null && echo 'not read-only'
for run in 1 2; do
	PYTHONPATH=/app pycshim -m redirect -- python3 -c 'import fresh; print(fresh.answer)'
done
ls /dev/shm/pycshim-0/shadow/app/__pycache__ | sed 's/cpython-[0-9]*/TAG/'
pycstat modules --json --top 0 | grep -o '"source": "/app/fresh.py"'
pycstat why /app/fresh.py | grep -o 'compiled once'
END
is "$(podman run --rm --read-only -v "$TMP/app:/app:ro" -v "$TMP/both.sh:/both.sh:ro" copied sh /both.sh 2>&1)" \
	'42
42
fresh.TAG.pyc
"source": "/app/fresh.py"
compiled once' image_copied_traces_and_redirects_read_only
like "$(podman run --rm --read-only -v "$TMP/app:/app:ro" copied pycshim --check python3 2>&1)" \
	'^python3: the library is active' image_copied_is_active

check image_of_docker_is_loaded podman load -q -i "$release/pycshim-$VERSION-docker-aarch64.tar"
is "$(podman image inspect -f '{{.Architecture}}' "pycshim:$VERSION")" arm64 image_of_docker_is_of_its_machine
helper - "$release/pycshim-$VERSION-oci.tar" >"$TMP/index" 2>&1 <<'END'
import json, sys, tarfile
files = tarfile.open(sys.argv[1])
def read(digest):
    return json.load(files.extractfile("blobs/sha256/" + digest.split(":")[1]))
index = json.load(files.extractfile("index.json"))
for manifest in read(index["manifests"][0]["digest"])["manifests"]:
    layers = read(manifest["digest"])["layers"]
    print(manifest["platform"]["architecture"], len(layers), sum(layer["size"] for layer in layers) < 2000000)
END
is "$(cat "$TMP/index")" 'amd64 1 True
arm64 1 True
riscv64 1 True' image_index_has_all_machines_in_less_than_2_megabytes
