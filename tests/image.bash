# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # python is the caller's
#
# An image: a copy of the directories with the modules of Debian's Python, in which tests
# can create and remove pycs.  Sourced after lib.sh; `python` is Debian's.
#
#	$IMAGE/usr/lib/python3.11		is a copy of $LIBRARY
#	$IMAGE/usr/lib/python3/dist-packages	is one of what is needed of $PACKAGES
#	$IMAGE/places				lists the two, for tests/readonly_root

IMAGE=$TMP/image
LIBRARY=$(clean_env "$python" -I -S -c 'import os; print(os.path.dirname(os.__file__))')
PACKAGES=/usr/lib/python3/dist-packages

# make_image [PACKAGE...]: make it without pycs and without files that no test needs.
# shellcheck disable=SC2120 # scripts without a package have the other half of this
make_image() {
	mkdir -p "$IMAGE$LIBRARY" "$IMAGE$PACKAGES"
	printf '%s\n' "$LIBRARY" "$PACKAGES" >"$IMAGE/places"
	copy "$LIBRARY" .
	[ $# -eq 0 ] || copy "$PACKAGES" "$@"
}

# copy PLACE NAME...: copy the targets of symlinks; missing names are left out.
copy() {
	(cd "$1" && find "${@:2}" -maxdepth 0 2>/dev/null | tar -ch --exclude=__pycache__ \
		--exclude='./config-*' --exclude=./test --exclude=./lib2to3 --exclude=./idlelib \
		--exclude=static --exclude='locale/[a-df-z]*' -T -) | tar -x -C "$IMAGE$1"
}
