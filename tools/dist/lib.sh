# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What the scripts that make release files share.

fail() {
	echo "dist: $*" >&2
	exit 1
}

# archive DIRECTORY NAME...: a tar archive that depends on names, contents and modes alone
archive() {
	tar -C "$1" --format=ustar --sort=name --owner=0 --group=0 --numeric-owner \
		--mtime="@$SOURCE_DATE_EPOCH" -cf - "${@:2}"
}

# debian_name MACHINE: what Debian and container engines call it
debian_name() {
	case $1 in
	x86_64) echo amd64 ;;
	aarch64) echo arm64 ;;
	*) echo "$1" ;;
	esac
}
