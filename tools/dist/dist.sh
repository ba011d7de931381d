#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Build the files of a release from the last commit, for each machine of MACHINES:
#
#	tools/dist/dist.sh DIRECTORY
#
# pycshim-VERSION-linux-MACHINE.tar.gz, an image for container engines, .deb, .rpm, APKBUILD
# for Alpine, the source archive, and SHA256SUMS.  The same commit and the same compilers
# give the same bytes: all times are the commit's, and no path of this directory gets into
# a file.
#
# The library is built against glibc and loads on musl, too.  The tools are static: with
# musl where its compiler is there, otherwise with glibc.  They use neither NSS nor iconv.

set -eu -o pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tools/dist/lib.sh
. "$here/lib.sh"

mkdir -p "$1"
out=$(cd "$1" && pwd)
cd "$here/../.."
top=$PWD
[ -z "$(git status --porcelain)" ] || fail 'the tree has changes that are not committed'
tag=$(git describe --tags --exact-match --match 'v*' 2>/dev/null || true)
version=$(sed -n 's/#define VERSION_STRING "\(.*\)"/\1/p' include/version.h)
[ "${tag:-v$version}" = "v$version" ] || fail "the tag is $tag, but include/version.h says $version"
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
# shellcheck source=tools/dist/packages.sh
. "$here/packages.sh"
export SOURCE_DATE_EPOCH LC_ALL=C TZ=UTC
umask 022
rm -rf "$out"/pycshim* "$out/APKBUILD" "$out/SHA256SUMS" "$out"/work
work=$out/work
mkdir "$work"

# build MACHINE: the tree that is installed, in $work/MACHINE, stripped
build() {
	local machine=$1 cc tools_cc strip=strip objcopy=objcopy stage=$work/$1
	cc=gcc tools_cc=musl-gcc
	if [ "$machine" != "$(uname -m)" ]; then
		cc=$machine-linux-gnu-gcc tools_cc=$cc
		strip=$machine-linux-gnu-strip objcopy=$machine-linux-gnu-objcopy
	fi
	command -v "$tools_cc" >/dev/null || tools_cc=$cc
	env -u MAKEFLAGS -u MAKELEVEL make -s -j"$(nproc)" B="$work/build-$machine" CC="$cc" TOOLS_CC="$tools_cc" STATIC=1 \
		CFLAGS="-O2 -g -ffile-prefix-map=$work/build-$machine=build -ffile-prefix-map=$top=." \
		PREFIX=/usr/local DESTDIR="$work/installed-$machine" install >"$work/$machine.log" 2>&1 ||
		{ tail -n 20 "$work/$machine.log" >&2 && fail "the build for $machine fails"; }
	mv "$work/installed-$machine/usr/local" "$stage"
	$objcopy --only-keep-debug "$stage/lib/libpycshim.so" "$work/libpycshim.so.debug"
	$strip "$stage/lib/libpycshim.so" "$stage/bin/pycshim" "$stage/bin/pycstat"
	(cd "$work" && $objcopy --add-gnu-debuglink=libpycshim.so.debug "$stage/lib/libpycshim.so")
	mkdir "$work/debug-$machine"
	mv "$work/libpycshim.so.debug" "$work/debug-$machine/"
	chmod 644 "$work/debug-$machine/libpycshim.so.debug"
	install -D -m 644 LICENSE "$stage/share/doc/pycshim/LICENSE"
}

# tarball MACHINE: to be unpacked into /usr/local with --strip-components=1
tarball() {
	local name=pycshim-$version-linux-$1
	cp -a "$work/$1" "$work/$name"
	cp "$work/debug-$1/libpycshim.so.debug" "$work/$name/lib/"
	(cd "$work/$name" && find . -type f | sed 's,^\./,,' | sort | xargs sha256sum >"$work/sums" &&
		mv "$work/sums" share/doc/pycshim/SHA256SUMS)
	archive "$work" "$name" | gzip -9n >"$out/$name.tar.gz"
}

read -ra machines <<<"${MACHINES:-x86_64 aarch64 riscv64}"
for machine in "${machines[@]}"; do
	build "$machine"
	tarball "$machine"
	packages "$machine"
done
alpine_recipe "${machines[@]}"
"$here/image.sh" "$out" "$version" "$work" "${machines[@]}"
git archive --format=tar --prefix="pycshim-$version/" HEAD | gzip -9n >"$out/pycshim-$version.tar.gz"
(cd "$out" && sha256sum APKBUILD pycshim* >SHA256SUMS)
rm -rf "$work"
ls -l "$out"
