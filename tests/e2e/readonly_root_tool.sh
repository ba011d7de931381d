#!/bin/bash
# SPDX-License-Identifier: MIT
# A command-line tool on a read-only root, with every variant of the image and every way.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/readonly_root.bash"

# shellcheck disable=SC2119 # nothing but the standard library
make_image

# is_readonly WAY: only the directory meant for it can be written.
is_readonly() {
	set_up "$1"
	make_writable
	# shellcheck disable=SC2016 # for the inner shell
	is "$("${user[@]}" "$TOP/tests/readonly_root" "$mount_as" "$IMAGE" "$W" sh -c '
for place; do (: >"$place/written") 2>/dev/null && echo "$place"; done' sh \
		/ /etc /usr /var/tmp /tmp /run "$TMP" "$TMP/home" "$IMAGE" "$LIBRARY" "$PACKAGES" \
		"$W")" "$W" "$1_root_is_read_only"
}
is_readonly plain
is_readonly bubblewrap

program=("$python" -s -m pydoc asyncio)

image none plain prefix overlay redirect bubblewrap
image all plain prefix overlay redirect bubblewrap
image some plain prefix overlay redirect bubblewrap
image stale plain prefix overlay redirect bubblewrap beside
