# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# A container engine for one test: podman and runc, without network and without registry.
# Sourced after lib.sh.
#
# The script runs once more below its own process, in mount and process namespaces of its
# own: however it ends, its containers and mounts end with it.  All that podman keeps lies
# on a tmpfs there.
#
# Images hold no programs: this system's /etc and /usr, all but /usr/local, are mounted
# read-only into every container.

ENGINE=$TMP/engine
engine_mounts=()
for directory in bin sbin lib lib32 lib64 libexec include share; do
	[ ! -d "/usr/$directory" ] || engine_mounts+=("/usr/$directory:/usr/$directory:ro")
done
engine_mounts+=(/etc:/etc:ro)

# engine COMMAND...: with the settings of podman, and a bound on its time
engine() {
	timeout -k 5 900 env -i PATH="$SYSTEM_PATH" HOME="$ENGINE" TMPDIR="$ENGINE/tmp" \
		CONTAINERS_CONF="$ENGINE/containers.conf" \
		CONTAINERS_STORAGE_CONF="$ENGINE/storage.conf" \
		CONTAINERS_REGISTRIES_CONF="$ENGINE/registries.conf" "$@" </dev/null
}

podman() { engine podman "$@"; }

# --- setting up --------------------------------------------------------------------------

# engine_begin: skips the script where no container can be run.
engine_begin() {
	need podman runc unshare nsenter
	is_root || skip_all "an engine needs root here"
	local namespaces=(unshare --mount --pid --fork --kill-child --mount-proc --)
	if [ -z "${ENGINE_BEGUN:-}" ]; then
		"${namespaces[@]}" true 2>"$TMP/why" || skip_all "no namespaces: $(tail -n 1 "$TMP/why")"
		if ! ENGINE_BEGUN=1 "${namespaces[@]}" bash "$0"; then
			: >"$TMP/.lib/failed" # the one below has said why
			exit 1
		fi
		exit 0
	fi
	trap 'engine_end; lib_end' EXIT
	{
		engine_configure && engine_root "$ENGINE/skeleton" && engine_import "$ENGINE/skeleton" \
			skeleton 'ENV APT_CONFIG=/apt.conf' 'ENV CFLAGS=-O0' 'CMD ["sleep", "infinity"]' &&
			podman run --rm skeleton true
	} >"$TMP/why" 2>&1 || skip_all "podman runs no container here: $(tail -n 1 "$TMP/why")"
}

# shellcheck disable=SC2317 # a trap calls it
engine_end() {
	local status=$?
	podman rm -fa -t 0 >/dev/null 2>&1
	umount -l "$ENGINE" 2>/dev/null # with all that is mounted in it
	return $status
}

engine_configure() {
	mkdir "$ENGINE" && mount -t tmpfs -o mode=755 tmpfs "$ENGINE" && mkdir "$ENGINE/tmp" || return
	cat >"$ENGINE/containers.conf" <<-END
		[engine]
		cgroup_manager = "cgroupfs"
		events_logger = "file"
		infra_image = "localhost/skeleton"
		lock_type = "file"
		runtime = "runc"
		tmp_dir = "$ENGINE/libpod"
		[network]
		network_config_dir = "$ENGINE/networks"
		[containers]
		log_driver = "k8s-file"
		netns = "none"
		default_ulimits = ["nofile=$(engine_limit -n 65536)", "nproc=$(engine_limit -u 32768)"]
		volumes = [$(printf '"%s",' "${engine_mounts[@]}")]
	END
	cat >"$ENGINE/storage.conf" <<-END
		[storage]
		driver = "overlay"
		runroot = "$ENGINE/run"
		graphroot = "$ENGINE/storage"
	END
	echo 'unqualified-search-registries = []' >"$ENGINE/registries.conf"
}

# engine_limit OPTION MOST: what podman gives by default may exceed the hard limit, which
# root cannot raise without CAP_SYS_RESOURCE.
engine_limit() {
	local limit
	limit=$(ulimit -H "$1")
	if [ "$limit" = unlimited ] || [ "$limit" -gt "$2" ]; then limit=$2; fi
	echo "$limit:$limit"
}

# --- images ------------------------------------------------------------------------------

# engine_root DIRECTORY: a root with the places where this system's programs are mounted.
# apt-get there asks for nothing newer than what is installed here, and is refused at once
# where it would ask the network.
engine_root() {
	local link
	mkdir -p "$1"/{etc,proc,sys,dev,run,root,tmp,usr/local/bin,var/{tmp,lib,cache}}
	chmod 1777 "$1/tmp" "$1/var/tmp"
	for link in bin sbin lib lib32 lib64; do
		[ ! -L "/$link" ] || ln -s "usr/$link" "$1/$link"
	done
	printf '%s;\n' 'APT::Get::Upgrade "false"' 'Acquire::Retries "0"' \
		'Acquire::http::Proxy "http://127.0.0.1:9"' 'Acquire::https::Proxy "http://127.0.0.1:9"' \
		>"$1/apt.conf"
}

# engine_import DIRECTORY NAME [INSTRUCTION...]: an image of what is in the directory
engine_import() {
	local instruction options=()
	for instruction in "${@:3}"; do options+=(-c "$instruction"); done
	tar -C "$1" -cf "$ENGINE/tmp/root.tar" . &&
		podman import -q "${options[@]}" "$ENGINE/tmp/root.tar" "$2" &&
		rm "$ENGINE/tmp/root.tar"
}

# engine_build DOCKERFILE DIRECTORY NAME: what apt-get changes stays in the layer.
engine_build() {
	local mounts=() mount
	for mount in "${engine_mounts[@]}" /var/{lib/dpkg,lib/apt,cache/apt}; do
		case $mount in *:*) ;; *) mount=$mount:$mount:O ;; esac
		mounts+=(-v "$mount")
	done
	podman build --pull=never --network=none "${mounts[@]}" -f "$1" -t "$3" "$2"
}

# --- the README --------------------------------------------------------------------------

# readme_block LANGUAGE WORDS: the block of that language that has a line with the words
readme_block() {
	awk -v fence="\`\`\`$1" -v words="$2" '
		$0 == fence { inside = 1; block = ""; next }
		/^```$/ { if (inside && index(block, words)) printf "%s", block; inside = 0 }
		inside { block = block $0 "\n" }' "$TOP/README.md"
}
