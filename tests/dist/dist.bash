# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# shellcheck disable=SC2034 # those who source it use RELEASE and VERSION
#
# Release files, made from a repository of the test's own.  Sourced after lib.sh.

need git make gcc aarch64-linux-gnu-gcc
RELEASE=$TMP/release
VERSION=$(sed -n 's/#define VERSION_STRING "\(.*\)"/\1/p' "$TOP/include/version.h")

# release_tree DIRECTORY: the files of this tree, committed at a fixed time
release_tree() {
	mkdir "$1" && git -C "$TOP" ls-files -z | (cd "$TOP" && xargs -0 tar -cf - --ignore-failed-read) |
		tar -C "$1" -xf - && git -C "$1" init -q && git -C "$1" add -A &&
		GIT_AUTHOR_DATE='@1700000000 +0000' GIT_COMMITTER_DATE='@1700000000 +0000' \
			git -C "$1" -c user.name=tests -c user.email=tests@example.org commit -q -m release
}

# release_make DIRECTORY OUT MACHINES
release_make() { clean_env make -s -C "$1" B="$2" MACHINES="$3" dist; }
