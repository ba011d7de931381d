# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154,SC2034 # the rest is in tests/bench/run
#
# The rows about redirect on a read-only root.  Sourced by tests/bench/run.
#
# There are four copies of the image, each with Django and the site, on the same disk:
#
#	normal		all pycs, writable
#	all		all pycs, read-only
#	none		no pycs, read-only
#	overlay		no pycs, the lower directory of an overlayfs whose upper directory, on a
#			tmpfs, has the pycs of earlier starts
#
# Each copy is mounted at a short path, like the root of a container, the writable one
# too: the costs of a mount and of a deep build directory must not count as redirect's.
images=$disk/images
mounted=$TMP
copies=(normal all none overlay)

# Make the copies, once.
find_images() {
	local name
	[ ! -e "$images" ] || return 0
	if ! is_root || ! can_mount; then
		absent 'an overlayfs needs root and mounts'
		return 1
	fi
	python=/usr/bin/python3
	if ! clean_env "$python" -c 'import django' 2>/dev/null; then
		absent "no $python with Django (Debian: python3-django)"
		return 1
	fi
	. "$TOP/tests/image.bash"
	make_image asgiref django gunicorn packaging pkg_resources pytz sqlparse
	cp "$TOP/tests/bench/django_site.py" "$IMAGE$PACKAGES"
	mkdir "$images" "$tmpfs/upper" "$tmpfs/work" "${copies[@]/#/$mounted/}"
	for name in "${copies[@]}"; do cp -a "$IMAGE" "$images/$name"; done
	local EXEC='in_images rw'
	for name in normal all; do
		set_up_of $name
		clean_env "${command[@]}" || return
	done
}

# set_up_of COPY [NAME=VALUE...]: sets command[@] to a start that sets up Django from the
# copy, and start[@] to a start of the interpreter alone.
set_up_of() {
	command=("${@:2}" PYTHONHOME="$mounted/$1${LIBRARY%/lib/*}"
		PYTHONPATH="$mounted/$1$PACKAGES" "$python" -S -c 'import django_site')
	start=("${command[@]:0:${#command[@]}-1}" pass)
}

# in_images ro|rw COMMAND...: with the copies mounted, as the list above says (ro) or all
# of them writable (rw).
in_images() {
	# shellcheck disable=SC2016 # for the inner shell
	mounts sh -c 'for name in normal all none; do
	mount --bind "$0/$name" "$1/$name" || exit
	[ $name = normal ] || mount -o "remount,bind,$3" "$1/$name" || exit
done
mount -t overlay -o "lowerdir=$0/overlay,upperdir=$2/upper,workdir=$2/work" overlay "$1/overlay" &&
	shift 3 && exec "$@"' "$images" "$mounted" "$tmpfs" "$@"
}

redirect=("${on_tmpfs[@]}" PYCSHIM_MODE=redirect)

row_redirect() {
	local EXEC normal first second overlay unrecorded prefix shadow=$tmpfs/shadow
	heading redirect 'CPU of a Django set-up on a read-only root, in redirect'
	find_images || return
	EXEC='in_images ro'
	set_up_of normal
	normal=("${command[@]}")
	set_up_of overlay
	overlay=("${command[@]}")
	set_up_of all "${redirect[@]}" PYCSHIM_ROOT="$shadow/all"
	first=("${command[@]}")
	set_up_of none "${redirect[@]}" PYCSHIM_ROOT="$shadow/none"
	second=("${command[@]}")
	unrecorded=(PYCSHIM_RECORD=off "${command[@]}")
	# A new prefix each time; the shell that makes it costs less than 1 % of a start.
	set_up_of all
	# shellcheck disable=SC2016 # for the inner shell
	prefix=(sh -c 'PYTHONPYCACHEPREFIX=$0/$$ exec env "$@"' "$tmpfs/prefix" "${command[@]}")
	compare "$rounds" 1 "${normal[@]}" , "${first[@]}" , "${second[@]}" , "${overlay[@]}" , \
		"${unrecorded[@]}"
	ratio 'all pycs, first start / normal' 1 '<= 1.03'
	ratio 'no pycs, second start / normal' 2 '<= 1.03'
	ratio 'the same without a recording' 4
	ratio 'overlayfs, second start / normal' 3
	figure 'normal' "$(calculate "$(field 0 1)" %.0f) ms"
	[ -z "$(find "$shadow/all" -type f)" ] || absent 'a first start has written pycs'
	compare "$rounds" 1 "${overlay[@]}" , "${second[@]}"
	ratio 'no pycs, second start / overlayfs' 1 '<= 1.03'
	compare "$few" 1 "${prefix[@]}" , "${first[@]}"
	ratio 'all pycs, first start / with prefix' 1
	rm -rf "$tmpfs/prefix"
}

# Compare two builds of the library in turns: how much a change costs a whole start.
row_before() {
	local EXEC name build before
	heading before 'CPU of a warm Django set-up / with the library of BENCH_BEFORE'
	if [ ! -r "${BENCH_BEFORE:-}" ]; then
		absent 'BENCH_BEFORE names no library'
		return
	fi
	find_images || return
	EXEC='in_images ro'
	for name in normal all none; do
		for build in "$BENCH_BEFORE" "$LIB"; do
			before=("${command[@]}")
			set_up_of $name LD_PRELOAD="$build" PYCSHIM_RECORD="$tmpfs/recording"
			[ $name = normal ] || command=(PYCSHIM_MODE=redirect
				PYCSHIM_ROOT="$tmpfs/shadow-${build//\//-}/$name" "${command[@]}")
			clean_env "${command[@]}"
		done
		compare "$rounds" 1 "${before[@]}" , "${command[@]}"
		case $name in
		normal) ratio 'trace' 1 '<= 1.005' ;;
		all) ratio 'redirect, pycs in place' 1 '<= 1.005' ;;
		none) ratio 'redirect, pycs in the shadow' 1 '<= 1.005' ;;
		esac
	done
}

# calls_of COPY [NAME=VALUE...]: the number of system calls that two passes over the
# copy's look-ups make: the difference between a run of three passes and a run of one.
calls_of() {
	local EXEC='in_images ro' passes counts=()
	for passes in 1 3; do
		clean_env strace -o "$tmpfs/strace" env "${@:2}" "$programs/lookup" $passes \
			<"$tmpfs/modules.$1" >/dev/null
		counts+=("$(wc -l <"$tmpfs/strace")")
	done
	echo $((counts[1] - counts[0]))
}

# added_calls WHAT COPY CALLS TARGET [NAME=VALUE...]: the figure of system calls that a
# look-up makes in addition; CALLS is what calls_of counted for comparison.
added_calls() {
	figure "$1" "$(calculate "($(calls_of "$2" "${@:5}") - $3) / 2 / $(wc -l <"$tmpfs/modules.$2")" %.2f)" "$4"
}

row_redirect_counts() {
	local EXEC name traced without shadow=$tmpfs/shadow
	heading redirect_counts 'System calls that redirect adds to a look-up'
	find_images || return
	EXEC='in_images ro'
	for name in all none; do
		set_up_of $name "${redirect[@]}" PYCSHIM_ROOT="$shadow/$name"
		clean_env "${command[@]}"
		clean_env "${start[@]:0:${#start[@]}-1}" 'import django_site, sys
for module in list(sys.modules.values()):
    spec = getattr(module, "__spec__", None)
    if spec and spec.cached:
        print(spec.origin, spec.cached)' >"$tmpfs/modules.$name"
	done
	traced=$(calls_of all "${on_tmpfs[@]}")
	without=$(calls_of all)
	for name in all none; do
		set -- $name "$traced" '<= 1' "${redirect[@]}" PYCSHIM_ROOT="$shadow/$name"
		case $name in
		all) added_calls 'answered in place / trace' "$@" ;;
		none) added_calls 'answered from the shadow / trace' "$@" ;;
		esac
	done
	added_calls 'in place, no recording / without' all "$without" '' \
		"${redirect[@]}" PYCSHIM_RECORD=off PYCSHIM_ROOT="$shadow/all"
	added_calls 'shadow, no recording / without' none "$without" '' \
		"${redirect[@]}" PYCSHIM_RECORD=off PYCSHIM_ROOT="$shadow/none"
}
