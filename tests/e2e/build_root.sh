#!/bin/bash
# SPDX-License-Identifier: MIT
# make in the build root of a distribution: without network and without root, what is missing is
# named, nothing is installed, and BLAKE3's sources are taken from where BLAKE3= says.

. "$(dirname "$0")/../lib.sh"
need bwrap make gcc
mkdir "$TMP/source"
(cd "$TOP" && tar -c Makefile include preload tools tests/setup tests/lib.sh tests/systems) | tar -C "$TMP/source" -x
blake3=$(compgen -G '/usr/share/cargo/registry/blake3-*/c') || skip_all "no sources of BLAKE3"
cp -r "$blake3" "$TMP/blake3"

# root COMMAND...: where nobody is root and BLAKE3's sources are not where Debian has them
root() {
	env -i PATH=/usr/bin:/bin bwrap --ro-bind / / --dev /dev --proc /proc --tmpfs /usr/share/cargo \
		--bind "$TMP" "$TMP" --unshare-net --unshare-user --uid 1000 --gid 1000 --chdir "$TMP/source" "$@" 2>&1
}
root true >"$TMP/why" || skip_all "no sandbox here: $(cat "$TMP/why")"
like "$(root make -s build/pycstat)" 'please install: apt-get install librust-blake3-dev'$'\n''.*Error' \
	build_root_without_blake3_is_told_what_to_install
# as far as the first file that includes it
check build_root_with_blake3_elsewhere_builds root make -s BLAKE3="$TMP/blake3" \
	build/obj/blake3/blake3.o build/obj/tools/include/content.o
check build_root_links_the_header_that_it_was_told test -e "$TMP/source/build/include/blake3.h"
