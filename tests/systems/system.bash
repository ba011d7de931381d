# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# The root of another system: made, entered, and what runs in it.  Sourced after lib.sh.
#
#	SYSTEM	its name	ROOT	the directory

# --- before it is entered ------------------------------------------------------------------

# system_machine: the machine that its programs are for, as the release files have it
system_machine() {
	local program
	program=$(readlink -f "$ROOT"/usr/bin/env)
	case $(od -An -tu2 -j18 -N2 "$program" | tr -d ' ') in
	62) echo x86_64 ;;
	183) echo aarch64 ;;
	243) echo riscv64 ;;
	*) return 1 ;;
	esac
}

# system_namespace MACHINE COMMAND...: where mounts, and the programs of another machine, are
# the command's own affair, and there is no network
system_namespace() {
	local machine=$1
	shift
	if [ "$machine" = "$(uname -m)" ]; then
		unshare --mount --net -- "$@"
		return
	fi
	# since Linux 6.7, a user namespace may say which programs qemu shall run
	# shellcheck disable=SC2016 # for the inner shell
	unshare --user --map-root-user --mount --net -- sh -c 'mount --make-rprivate / &&
		mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc &&
		head -n 1 "/usr/lib/binfmt.d/qemu-$0.conf" | tr -d "\n" >/proc/sys/fs/binfmt_misc/register &&
		exec "$@"' "$machine" "$@"
}

# system_tarball MACHINE: the release's, made from this tree where SYSTEMS_DIST has none
system_tarball() {
	local version file
	version=$(sed -n 's/#define VERSION_STRING "\(.*\)"/\1/p' "$TOP/include/version.h")
	file=pycshim-$version-linux-$1.tar.gz
	if [ -n "${SYSTEMS_DIST:-}" ]; then
		readlink -e "$SYSTEMS_DIST/$file" || { not_ok "release_has_$file" >&2 && return 1; }
		return
	fi
	if [ ! -e "$TMP/$1/dist/$file" ]; then
		. "$TOP/tests/dist/dist.bash"
		{
			{ [ -d "$TMP/tree" ] || release_tree "$TMP/tree"; } && release_make "$TMP/tree" "$TMP/$1" "$1"
		} >"$TMP/log" 2>&1 || { not_ok release_is_made "$(tail -n 15 "$TMP/log")" >&2 && return 1; }
	fi
	echo "$TMP/$1/dist/$file"
}

# --- inside its namespace --------------------------------------------------------------------

# system_mount ROOT: the root itself is read-only, and what can be written is in memory.  It
# is mounted where it is, and not below $TMP, which is removed with all that is in it.
system_mount() {
	local name
	mount --make-rprivate / && mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" &&
		mount --rbind /proc "$1/proc" && mount -t tmpfs -o mode=755 tmpfs "$1/dev" || return
	mkdir -m 1777 "$1/dev/shm" || return
	for name in null zero full random urandom; do
		: >"$1/dev/$name" && mount --bind "/dev/$name" "$1/dev/$name" || return
	done
	for name in tmp mnt usr/local; do mount -t tmpfs -o mode=755 tmpfs "$1/$name" || return; done
	chmod 1777 "$1/tmp"
}

# inside [NAME=VALUE...] COMMAND...: as clean_env, in the root, which has no locale but C.  The
# user is SYSTEM_USER, a number, or root.
inside() {
	chroot ${SYSTEM_USER:+"--userspec=$SYSTEM_USER:$SYSTEM_USER"} "$ROOT" /usr/bin/env -i PATH=/usr/local/bin:/usr/bin:/bin HOME=/tmp LANG=C PYTHONHASHSEED=0 "$@" </dev/null
}

# system_pythons: its interpreters, by their paths there
system_pythons() {
	(cd "$ROOT" && compgen -G 'usr/bin/python[23].*'; compgen -G usr/bin/pypy; compgen -G usr/bin/pypy3) |
		grep -E '/(python[23]\.[0-9]+|pypy3?)$' | sed 's,^,/,'
}
