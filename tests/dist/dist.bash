# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# shellcheck disable=SC2034 # those who source it use RELEASE, VERSION and FOREIGN
#
# Release files, made from a repository of the test's own.  Sourced after lib.sh.

FOREIGN='aarch64 riscv64' # crossed to with Debian's MACHINE-linux-gnu-gcc, run by qemu-MACHINE
MACHINES="x86_64 $FOREIGN" # that a release is made for
need git make gcc aarch64-linux-gnu-gcc riscv64-linux-gnu-gcc
RELEASE=$TMP/made
VERSION=$(sed -n 's/#define VERSION_STRING "\(.*\)"/\1/p' "$TOP/include/version.h")

# release_tree DIRECTORY: the files of this tree, committed at a fixed time
release_tree() {
	mkdir "$1" && git -C "$TOP" ls-files -z | (cd "$TOP" && xargs -0 tar -cf - --ignore-failed-read) |
		tar -C "$1" -xf - && git -C "$1" init -q && git -C "$1" add -A &&
		GIT_AUTHOR_DATE='@1700000000 +0000' GIT_COMMITTER_DATE='@1700000000 +0000' \
			git -C "$1" -c user.name=tests -c user.email=tests@example.org commit -q -m release
}

# release_make DIRECTORY OUT MACHINES: a warning of a compiler is an error
release_make() { clean_env WERROR=1 make -s -C "$1" B="$2" MACHINES="$3" dist; }

# release_made TREE: the files of that release for all machines, in $RELEASE/dist.  Scripts of
# one run need the same: the first builds them, and the others wait for it and take a copy.
# $RELEASE/built_in lists the directories that the build has seen.
release_made() {
	local shared
	shared=${RUN_SHARED:-$TMP}/release-$(git -C "$1" rev-parse HEAD) && mkdir -p "$shared" && (
		flock 9
		[ -e "$shared/built_in" ] || {
			release_make "$1" "$shared/made" "$MACHINES" 9>&- &&
				printf '%s\n' "$TMP" "$shared" >"$shared/built_in"
		}
	) 9>"$shared/lock" && cp -a "$shared/made" "$RELEASE" && cp "$shared/built_in" "$RELEASE"
}
