# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # py_* are lib.sh's
#
# A program on a read-only root: what its first and second start compile, counted from
# strace's output, in redirect and in the alternatives to it.  Sourced by the scripts
# here, after lib.sh.  A script sets
#
#	program		the command
#	meanwhile	a function to run beside it, which uses a server and ends it; its
#			output is compared too
#	oracle		further options for strace_oracle.py
#
# calls `make_image PACKAGE...` (see tests/image.bash), and `image VARIANT WAY...` for
# each state of the image: with none, all or some of its pycs, or with stale ones.  Ways:
#
#	plain		read-only
#	prefix		read-only, and PYTHONPYCACHEPREFIX on a tmpfs
#	overlay		an overlayfs with its upper directory on a tmpfs
#	redirect	read-only, and a shadow on a tmpfs
#	bubblewrap	the same in a sandbox of bubblewrap, as another user
#	beside		redirect on a writable image, which stays unchanged
#
# The image is mounted over the places that it is a copy of (tests/readonly_root).  The
# reference is a normal start of the same program on the same image, writable, without the
# library; it is the last start of each variant, because it writes pycs into the image.

need strace bwrap setpriv
can_mount || skip_all "no mounts here"
is_root || skip_all "an overlay and another user need root"
python=/usr/bin/python3
[ -x "$python" ] || skip_all "no $python"
py_info "$python"
. "$TOP/tests/image.bash"

memory=$(mktemp -d /dev/shm/pycshim-test.XXXXXX) || exit 1
trap 'status=$?; rm -rf "$memory"; (exit $status); lib_end' EXIT
chmod 755 "$memory"
W=$memory/writable # programs find the writable directory by this variable
RESULTS=$TMP/results
mkdir "$RESULTS"
HERE=$TOP/tests/e2e
oracle=()
meanwhile() { :; }

is_ready() { ! alive "$pid" || [ "$(grep -c "$1" "$TMP/log" 2>/dev/null)" = "$2" ]; }

# serve_and_end READY COUNT: send requests when the log has READY for each of COUNT
# workers, then end the server; its address is in the log, its process id in $W/pid.
serve_and_end() {
	local port
	wait_until 60 is_ready "$@"
	port=$(grep -oE '127.0.0.1:[0-9]+' "$TMP/log" | head -n 1)
	get "${port#*:}" 12 | tail -n 3
	kill -TERM "$(cat "$W/pid")"
}

# --- one start -------------------------------------------------------------------------

# An unprivileged user other than nobody: in bubblewrap's user namespace all other users
# show as nobody, so that files of nobody are not trusted.
somebody=()
if is_root; then somebody=(setpriv --reuid=4242 --regid=4242 --clear-groups --); fi

# set_up WAY: set mount_as, user, variables and seen_by.
set_up() {
	mount_as=readonly user=() variables=(TMPDIR="$W/tmp") seen_by=()
	case $1 in
	normal) mount_as=writable ;;
	prefix)
		variables+=(PYTHONPYCACHEPREFIX="$W/prefix")
		seen_by=(--prefix "$W/prefix")
		;;
	overlay) mount_as=overlay ;;
	redirect | bubblewrap | beside)
		variables+=(LD_PRELOAD="$LIB" PYCSHIM_MODE=redirect PYCSHIM_ROOT="$W/shadow"
			PYCSHIM_RECORD="$W/recording")
		seen_by=(--shadow "$W/shadow")
		;;
	esac
	case $1 in
	bubblewrap) mount_as=bubblewrap user=("${somebody[@]}") ;;
	beside) mount_as=writable ;;
	esac
}

# make_writable: recreate the writable directory for the user of set_up().
make_writable() {
	rm -rf "$W"
	mkdir -p "$W/tmp"
	[ ${#user[@]} -eq 0 ] || chown -R 4242:4242 "$W"
}

# start NAME: write output, exit status, and the compiled modules to $RESULTS/NAME.*
start() {
	local pid
	rm -rf "$TMP/strace"
	mkdir -m 777 "$TMP/strace"
	rm -f "$TMP/log" "$W/pid" # of the previous start
	"${user[@]}" strace -ff -qq -y -v -s 16 --seccomp-bpf \
		-e "trace=%file,%process,read,write,close,fstat,chdir" -o "$TMP/strace/trace" \
		"$TOP/tests/readonly_root" "$mount_as" "$IMAGE" "$W" env -i PATH="$SYSTEM_PATH" \
		HOME="$TMP/home" LANG=C.UTF-8 PYTHONHASHSEED=0 "${variables[@]}" "${program[@]}" \
		>"$RESULTS/$1.out" 2>"$TMP/log" </dev/null &
	pid=$!
	started $pid
	meanwhile >"$RESULTS/$1.answers" 2>&1
	wait $pid
	echo $? >"$RESULTS/$1.status"
	sed -Ei 's/ in [0-9.]+s$//' "$RESULTS/$1.out" # pytest's run time
	helper "$HERE/strace_oracle.py" --magic "$py_magic" --compiled "${seen_by[@]}" \
		"${oracle[@]}" "$TMP/strace/trace" | sort -u >"$RESULTS/$1.compiled"
}

# --- an image ----------------------------------------------------------------------------

cached() { find "$IMAGE" -name '*.pyc' | sort; }

# every N OF: from each OF pycs print the N-th
every() { cached | awk -v n="$1" -v of="$2" 'NR % of == n % of'; }

# Change the image, which has all pycs, to the variant; $TMP/spoilt lists the changed
# pycs.
spoil() {
	: >"$TMP/spoilt"
	case $1 in
	some)
		every 2 2 >"$TMP/spoilt"
		xargs -d '\n' rm <"$TMP/spoilt"
		;;
	stale) # as after a new release of the package or of the interpreter
		every 1 3 >"$TMP/spoilt"
		sed -E 's,__pycache__/([^/]*)\.cpython-[^/]*\.pyc$,\1.py,' "$TMP/spoilt" |
			xargs -d '\n' touch -c
		every 2 3 | while read -r pyc; do
			echo "$pyc" >>"$TMP/spoilt"
			printf '\1\2' | dd of="$pyc" bs=1 conv=notrunc status=none
		done
		;;
	esac
}

listing() { find "$IMAGE" -printf '%p %i %s %m %T@ %C@\n' | sort; }

# compiles NAME WANTED TEST: NAME compiled the modules listed in the file WANTED, and its
# output and status equal the reference's.
compiles() {
	local part
	same "${3}_compiles_$(wc -l <"$2")" "$RESULTS/$1.compiled" "$2"
	for part in out answers status; do
		cmp -s "$RESULTS/$1.$part" "$RESULTS/$reference.$part" ||
			same "${3}_has_the_same_$part" "$RESULTS/$1.$part" "$RESULTS/$reference.$part"
	done
}

# image VARIANT WAY...
image() {
	local variant=$1 way reference=$1.normal first second count
	shift
	spoil "$variant"
	listing >"$TMP/before"
	for way; do
		set_up "$way"
		make_writable
		start "$variant.$way.1"
		start "$variant.$way.2"
	done
	listing >"$TMP/after"
	same "${SCRIPT}_with_${variant}_leaves_the_image_untouched" "$TMP/after" "$TMP/before"
	set_up normal
	make_writable
	start "$reference"
	: >"$TMP/nothing"
	is "$(cat "$RESULTS/$reference.status")" "${wanted_status:-0}" "${SCRIPT}_with_${variant}_ends_well" \
		"$(tail -n 5 "$TMP/log")"
	count=$(wc -l <"$RESULTS/$reference.compiled")
	if [ "$variant" = none ]; then
		check "${SCRIPT}_with_none_compiles_much" [ "$count" -gt 60 ]
	else
		is "$count" "$(wc -l <"$TMP/spoilt")" "${SCRIPT}_with_${variant}_compiles_what_is_spoilt"
	fi
	for way; do
		first=$RESULTS/$reference.compiled second=$TMP/nothing
		[ "$way" != prefix ] || first=$RESULTS/none.normal.compiled
		[ "$way" != plain ] || second=$first
		compiles "$variant.$way.1" "$first" "${SCRIPT}_with_${variant}_${way}_first_start"
		compiles "$variant.$way.2" "$second" "${SCRIPT}_with_${variant}_${way}_second_start"
	done
}
