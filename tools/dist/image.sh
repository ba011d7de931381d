#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Make container images of built trees, without an engine:
#
#	tools/dist/image.sh OUT VERSION TREES MACHINE...
#
# OUT/pycshim-VERSION-oci.tar holds an image for each machine (OCI image layout, one index)
# and OUT/pycshim-VERSION-docker-MACHINE.tar one image in the format of `docker save`, for
# versions of Docker before 25, which do not load OCI layouts.  An image is the tree
# TREES/MACHINE as its only layer, so that `COPY --from=pycshim / /usr/local/` installs it.

set -eu -o pipefail
. "$(dirname "$0")/lib.sh"
out=$1 version=$2 trees=$3
shift 3
layout=$trees/oci
mkdir -p "$layout/blobs/sha256"
created=$(date -u -d "@$SOURCE_DATE_EPOCH" +%Y-%m-%dT%H:%M:%SZ)
oci=application/vnd.oci.image

hash_of() { sha256sum "$1" | cut -d ' ' -f 1; }

# blob FILE: move the file to where the layout keeps it; print its digest and size as JSON
blob() {
	local hash
	hash=$(hash_of "$1")
	printf '"digest":"sha256:%s","size":%s' "$hash" "$(stat -c %s "$1")"
	mv "$1" "$layout/blobs/sha256/$hash"
}

# docker_archive MACHINE: $trees/layer and $trees/config as an archive of one image
docker_archive() {
	local directory=$trees/docker hash
	hash=$(hash_of "$trees/config")
	mkdir -p "$directory"
	cp "$trees/layer" "$directory/layer.tar"
	cp "$trees/config" "$directory/$hash.json"
	printf '[{"Config":"%s.json","RepoTags":["pycshim:%s","pycshim:latest"],"Layers":["layer.tar"]}]' \
		"$hash" "$version" >"$directory/manifest.json"
	(cd "$directory" && archive . manifest.json "$hash.json" layer.tar) >"$out/pycshim-$version-docker-$1.tar"
	rm -r "$directory"
}

manifests=
for machine; do
	name=$(debian_name "$machine")
	archive "$trees/$machine" bin lib share >"$trees/layer"
	cat >"$trees/config" <<-END
		{"created":"$created","architecture":"$name","os":"linux",
		"config":{"Cmd":["/bin/pycshim","--help"],"Labels":{"org.opencontainers.image.title":"pycshim",
		"org.opencontainers.image.version":"$version","org.opencontainers.image.licenses":"MIT"}},
		"rootfs":{"type":"layers","diff_ids":["sha256:$(hash_of "$trees/layer")"]},
		"history":[{"created":"$created","created_by":"make dist"}]}
	END
	docker_archive "$machine"
	gzip -9n "$trees/layer"
	layer=$(blob "$trees/layer.gz")
	config=$(blob "$trees/config")
	cat >"$trees/manifest" <<-END
		{"schemaVersion":2,"mediaType":"$oci.manifest.v1+json",
		"config":{"mediaType":"$oci.config.v1+json",$config},
		"layers":[{"mediaType":"$oci.layer.v1.tar+gzip",$layer}]}
	END
	manifest=$(blob "$trees/manifest")
	manifests+=${manifests:+,}"{\"mediaType\":\"$oci.manifest.v1+json\",$manifest,\"platform\":{\"architecture\":\"$name\",\"os\":\"linux\"}}"
done
printf '{"schemaVersion":2,"mediaType":"%s.index.v1+json","manifests":[%s]}' "$oci" "$manifests" >"$trees/index"
index=$(blob "$trees/index")
printf '{"schemaVersion":2,"manifests":[{"mediaType":"%s.index.v1+json",%s,"annotations":{%s,%s}}]}' "$oci" "$index" \
	"\"io.containerd.image.name\":\"localhost/pycshim:latest\"" \
	"\"org.opencontainers.image.ref.name\":\"localhost/pycshim:latest\"" >"$layout/index.json"
printf '{"imageLayoutVersion":"1.0.0"}' >"$layout/oci-layout"
archive "$layout" oci-layout index.json blobs >"$out/pycshim-$version-oci.tar"
