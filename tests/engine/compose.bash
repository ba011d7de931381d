# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# podman-compose for the tests of the README's Compose files.  Sourced after engine.bash.

# podman-compose makes a network for each project, even where the file asks for none.
cat >"$TMP/bin/podman" <<'END'
#!/bin/bash
[ "$1" != network ] || exit 0
words=()
while [ $# -gt 0 ]; do
	case $1 in
	--net | --network-alias) shift ;;
	*) words+=("$1") ;;
	esac
	shift
done
exec podman "${words[@]}"
END
chmod 755 "$TMP/bin/podman"
compose() {
	engine podman-compose --podman-path "$TMP/bin/podman" --podman-run-args=--read-only-tmpfs=false "$@"
}
has_compose() { PATH=$SYSTEM_PATH command -v podman-compose >/dev/null; }
