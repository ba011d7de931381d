#!/bin/bash
# SPDX-License-Identifier: MIT
# Symlinks above the root of the shadow are followed only if root made them in a directory
# that only root can write; systemd makes /var/cache/app such a link to private/app.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/shadow.bash"

is_root || skip_all "links of root's need root"
can_mount || skip_all "no mounts here"
[ "$(stat -c '%u %a' / /mnt | grep -c '^0 [0-7]*[0145][0145]$')" = 2 ] || skip_all "others can write in / or /mnt"
NOBODY=65534
python=$(python3_path)
py_info "$python"

# world COMMAND...: run with an empty /mnt that only root can write
world() {
	# shellcheck disable=SC2016 # for the inner shell
	mounts sh -c 'mount -t tmpfs -o mode=755 tmpfs /mnt && cd /mnt && umask 022 && eval "$0" && "$@"' "$@"
}

# reaches NAME ROOT MAKE: after MAKE, the second of two starts with ROOT has hits
reaches() {
	make_tree
	: >"$TMP/out"
	SHADOW=$2 LIB=$LIB TREE=$TREE RECORD=$TMP/rec world "$3" sh -c '
for run in 1 2; do
	rm -f "$RECORD"
	env -i LD_PRELOAD="$LIB" PYCSHIM_MODE=redirect PYCSHIM_ROOT="$SHADOW" PYCSHIM_RECORD="$RECORD" \
		PYCSHIM_ONLY="$TREE" "$@"
done' - "$python" "${py_flags[@]}" -c "$program" >"$TMP/out" 2>"$TMP/err"
	is "$(sort -u "$TMP/out")" "$printed" "${1}_lets_the_program_run" "$(cat "$TMP/err")"
}
followed() {
	reaches "$@"
	is "$(totals "$TMP/rec")" "(6, 6, 0, 0, 0)" "${1}_is_followed" "$(cat "$TMP/err")"
}
not_followed() {
	reaches "$@"
	is "$(totals "$TMP/rec")" "(6, 0, 6, 0, 6)" "${1}_is_refused"
	like "$(cat "$TMP/err")" "reached by a symbolic link" "${1}_is_named"
}

followed relative_link /mnt/cache/app/pyc 'mkdir -p cache/private/app && ln -s private/app cache/app'
followed absolute_link /mnt/cache/pyc 'mkdir real && ln -s /mnt/real cache'
followed link_upwards /mnt/a/b/link/pyc 'mkdir -p a/b c && ln -s ../../c a/b/link'
followed link_to_a_link /mnt/one/pyc 'mkdir three && ln -s two one && ln -s /mnt/three two'
followed root_that_is_a_link /mnt/pyc 'mkdir real && ln -s real pyc'

not_followed link_to_itself /mnt/pyc/x 'ln -s pyc pyc'
not_followed link_in_a_sticky_directory /mnt/tmp/link/pyc 'mkdir real && mkdir -m 1777 tmp && ln -s /mnt/real tmp/link'
not_followed link_in_a_directory_of_a_group /mnt/tmp/link/pyc 'mkdir real && mkdir -m 775 tmp && ln -s /mnt/real tmp/link'
not_followed link_in_a_users_directory /mnt/user/link/pyc \
	'mkdir real user && ln -s /mnt/real user/link && chown '$NOBODY' user'
not_followed link_below_a_users_directory /mnt/user/roots/link/pyc \
	'mkdir -p real user/roots && ln -s /mnt/real user/roots/link && chown '$NOBODY' user'
not_followed link_of_a_user /mnt/link/pyc 'mkdir real && ln -s real link && chown -h '$NOBODY' link'
not_followed link_behind_a_link_into_a_users_directory /mnt/one/two/pyc \
	'mkdir user real && ln -s user one && ln -s /mnt/real user/two && chown '$NOBODY' user'
