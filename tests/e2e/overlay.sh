#!/bin/bash
# SPDX-License-Identifier: MIT
# The union view compared with the kernel's: the same random operations on bytecode files
# give the same results, line by line, on an overlayfs and under the library.

. "$(dirname "$0")/../lib.sh"

is_root || skip_all "mounting an overlay needs root"
can_mount || skip_all "no mounts here"
python=/usr/bin/python3
[ -x "$python" ] || skip_all "no $python"

SEEDS=${SEEDS:-25} COUNT=${COUNT:-300}

# The files of the image, with old times, which a copy up must keep.
make_lower() {
	local package name
	for package in pkg pkg/sub other; do
		mkdir -p "lower/$package/__pycache__"
		for name in a b c; do echo "x = 1" >"lower/$package/$name.py"; done
		head -c 300 /dev/zero >"lower/$package/__pycache__/a.cpython-311.pyc"
		head -c 700 /dev/zero >"lower/$package/__pycache__/b.cpython-311.pyc"
		head -c 50 /dev/zero >"lower/$package/a.pyc"
	done
	echo left >lower/pkg/__pycache__/a.cpython-311.pyc.140123 # by a process that was killed
	mkdir -p lower/bare lower/pkg/__pycache__/deep
	echo y >lower/pkg/__pycache__/deep/data.nbi
	cp lower/pkg/?.py lower/bare/
	find lower -exec touch -d 2015-01-01 {} +
}

# play DIRECTORY SEED [NAME=VALUE...]
play() {
	local directory=$1 seed=$2
	shift 2
	clean_env "$@" "$python" -I -S -B "$TOP/tests/e2e/overlay_ops.py" "$directory" "$seed" "$COUNT" 2>&1
}

compare_all() {
	local seed
	mount -t tmpfs tmpfs "$TMP/world" && cd "$TMP/world" || return 1
	make_lower
	mkdir merged seen
	mount --bind lower seen && mount -o remount,bind,ro seen || return 1
	for ((seed = 1; seed <= SEEDS; seed++)); do
		rm -rf upper work shadow
		mkdir upper work
		mount -t overlay overlay -o lowerdir=lower,upperdir=upper,workdir=work merged || return 1
		play "$PWD/merged" "$seed" >"$TMP/overlay"
		umount merged
		play "$PWD/seen" "$seed" LD_PRELOAD="$LIB" PYCSHIM_MODE=redirect \
			PYCSHIM_RECORD=off PYCSHIM_ROOT="$PWD/shadow" >"$TMP/union"
		if ! cmp -s "$TMP/overlay" "$TMP/union"; then
			echo "seed $seed, of $COUNT operations:"
			diff "$TMP/overlay" "$TMP/union" | cut -c 1-300 | head -n 6
			return 1
		fi
		lines=$((lines + $(wc -l <"$TMP/union")))
	done
	[ "$lines" -gt $((SEEDS * COUNT)) ] || { echo "only $lines lines"; return 1; }
}

mkdir "$TMP/world"
lines=0
if [ "${1:-}" = inside ]; then
	compare_all
	status=$?
	cd / && umount -R -l "$TMP/world"
	exit $status
fi
export SEEDS COUNT
check union_with_random_operations_is_as_overlayfs \
	unshare -m -- bash "$0" inside
