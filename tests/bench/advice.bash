# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # the rest is in tests/bench/run
#
# The row about what promises are worth: record a program, follow the first advice as it is
# printed, and measure what that saved.  Sourced by tests/bench/run.
#
# BENCH_ADVICE names some of the programs (gunicorn first stdlib venv tool numpy dash_b times).
#
# A program is in a tree on the disk, which each start sees at the same path, $place, in a
# mount namespace of its own: the tree as it was, or the one that the advice was followed in.

trees_of_advice=$disk/advice
place=$TMP/place
ready=$tmpfs/ready
recordings=$tmpfs/recordings # of the user who runs the program

# in_place WAY TREE COMMAND...: with the tree at $place.  WAY is `ro`, `rw`, or `new`, a
# container that begins anew with each start: writable, and what is written is lost.
in_place() {
	# shellcheck disable=SC2016 # for the inner shell
	placed=(unshare -m sh -c 'set -e
case $0 in
new)
	mount -t tmpfs tmpfs "$3"
	mkdir "$3/upper" "$3/work"
	mount -t overlay -o "lowerdir=$1,upperdir=$3/upper,workdir=$3/work" overlay "$2" ;;
*)
	mount --bind "$1" "$2"
	mount -o "remount,bind,$0" "$2" ;;
esac
shift 3
exec "$@"' "$1" "$2" "$place" "$TMP/over" "${@:3}")
}

# A directory of the tree, as the program sees it.  `made` is where it is made.
below=$place/lib

# fill NAME...: put copies of Debian's modules into the tree, without pycs.
fill() {
	mkdir -p "$made"
	tar -ch --exclude=__pycache__ --exclude='tests' --ignore-failed-read -C "$PACKAGES" "$@" |
		tar -x -C "$made"
}

# Start afresh with an empty tree.
clear_trees() {
	made=$trees_of_advice/before/lib
	rm -rf "$trees_of_advice" "$recordings" "$ready"
	mkdir -p "$made" "$place" "$TMP/over" "$recordings"
	python=/usr/bin/python3 PACKAGES=/usr/lib/python3/dist-packages
}

# imports MODULES: false, with a line that says so, if Debian's Python lacks one of them.
imports() {
	[ -x "$python" ] && clean_env "$python" -c "import $1" 2>/dev/null && return
	absent "$2"
	return 1
}

# advised KEY: what the first advice has there.  It is read where the program was, because
# its size depends on the sources.
advised() {
	in_place ro "$trees_of_advice/before" "$PYCSTAT" --json "$recordings/advised"
	clean_env "${placed[@]}" | helper -c 'import json, sys
value = json.load(sys.stdin)["advice"][0].get(sys.argv[1])
print("" if value is None else value)' "$1"
}

# as_printed COMMAND: the same command as the text has it
as_printed() {
	in_place ro "$trees_of_advice/before" "$PYCSTAT" "$recordings/advised"
	clean_env "${placed[@]}" | printed_command "$1"
}

disk_bytes() { du -s --block-size=1 "$1" | cut -f 1; }

# promised NAME FIELD: a number that promise.py printed
promised() { awk -v name="$1" -v field="$2" '$1 == name { print $field }' "$TMP/promised"; }

# judged WHAT NAME TARGET: a ratio with its interval
judged() {
	[ -z "$(promised "$2" 2)" ] ||
		figure "$1" "$(calculate "$(promised "$2" 2)")" "$3" \
			"$(calculate "$(promised "$2" 3)") .. $(calculate "$(promised "$2" 4)")"
}

# judged_range WHAT PREFIX: of a promise that is a range, what was saved must be inside.
judged_range() {
	if [ "$(promised "$2ratio" 2)" = "$(promised "$2ratio_high" 2)" ]; then
		judged "$1, promised / saved" "$2ratio" 0.95..1.05
	else
		judged "$1, least promised / saved" "$2ratio" '<= 1.05'
		judged "$1, most promised / saved" "$2ratio_high" '>= 0.95'
	fi
}

# compare WAY STARTS CODE COMMAND... , AFTER...: what was promised, and what was saved.  AFTER
# is a start after the advice was followed, in its place.
compare() {
	local way=$1 starts=$2 code=$3 before=() after recorded
	shift 3
	while [ "$1" != , ]; do before+=("$1") && shift; done
	after=("${@:2}")
	rm -f "$recordings/advised.round"
	in_place "$way" "$trees_of_advice/before" env LD_PRELOAD="$LIB" PYCSHIM_RECORD="$recordings/advised.round" \
		"${before[@]}"
	starts_of "$starts"
	in_place "$way" "$trees_of_advice/before" "${before[@]}"
	clean_env "$(python3_path)" -I -S "$TOP/tests/bench/promise.py" "$few" "$code" "$ready" "$PYCSTAT" "$recordings/advised.round" \
		"${recorded[@]}" , "${placed[@]}" , "${after[@]}" >"$TMP/promised" || exit 1
	[ -z "${V:-}" ] || sed 's/^/    /' "$TMP/promised"
	figure "  $code: promised" "$(calculate "$(promised promised 2)" %.0f) ms" '' \
		"saved $(calculate "$(promised saved 2)" %.0f) of $(calculate "$(promised before 2)" %.0f) ms"
	judged_range '  CPU' ''
	judged_range '  wall' wall_
}

# starts_of N: sets recorded to N starts of what is placed.
# shellcheck disable=SC2016 # for the inner shell
starts_of() { recorded=(sh -c 'for _ in $(seq $0); do "$@" || exit; done' "$1" "${placed[@]}"); }

# judge WAY STARTS COMMAND... [, AFTER...]: the command is one start of the program; STARTS
# of them make a recording.  AFTER is how to start it where the advice is a setting.
judge() {
	local way=$1 starts=$2 before=() after=() recorded code command bytes room
	shift 2
	while [ $# -gt 0 ] && [ "$1" != , ]; do before+=("$1") && shift; done
	after=("${@:2}")
	in_place "$way" "$trees_of_advice/before" env LD_PRELOAD="$LIB" PYCSHIM_RECORD="$recordings/advised" \
		"${before[@]}"
	starts_of "$starts"
	rm -f "$recordings/advised"
	clean_env "${recorded[@]}" >"$TMP/log" 2>&1 || { tail -n 5 "$TMP/log" && exit 1; }
	code=$(advised code) command=$(advised command) bytes=$(advised costs_bytes)
	cp -a "$trees_of_advice/before" "$trees_of_advice/after"
	if [ -n "$command" ]; then
		[ -z "${V:-}" ] || printf '    %s: %s\n' "$code" "$command"
		command=$(as_printed "$command")
		[ -n "$command" ] || { absent 'the text has not the command of the JSON' && return; }
		room=$(disk_bytes "$trees_of_advice/after")
		in_place rw "$trees_of_advice/after" env PATH="$TMP/bin:$SYSTEM_PATH" sh -c "$command"
		clean_env "${placed[@]}" >"$TMP/log" 2>&1 || { tail -n 5 "$TMP/log" && exit 1; }
		room=$(($(disk_bytes "$trees_of_advice/after") - room))
		after=("${before[@]}")
	fi
	if [ ${#after[@]} -eq 0 ]; then
		absent "the first advice, $code, has no command"
		return
	fi
	in_place "$way" "$trees_of_advice/after" "${after[@]}"
	compare "$way" "$starts" "$code" "${before[@]}" , "${placed[@]}"
	[ -z "$command" ] ||
		figure '  bytes, promised / written' \
			"$(calculate "$bytes == $room ? 1 : $bytes / ($room ? $room : 1)")" 0.95..1.05 "$room"
}

# --- the programs ------------------------------------------------------------------------

# Django behind gunicorn with four workers, of which the last one that is ready ends all.
with_gunicorn() {
	fill asgiref django gunicorn packaging pkg_resources pytz sqlparse
	cp "$TOP/tests/bench/django_site.py" "$made"
	cat >"$made/settings_of_gunicorn.py" <<-END
		import os, signal
		bind, workers, worker_tmp_dir = "unix:$tmpfs/socket", 4, "/dev/shm"
		def post_worker_init(worker):
		    with open("$ready", "ab", 0) as file:
		        file.write(b".")
		    if os.path.getsize("$ready") == workers:
		        os.kill(worker.ppid, signal.SIGTERM)
	END
	program=(-m gunicorn -c python:settings_of_gunicorn django_site:application)
}

# Sets modules to the place of a standard library in the tree without pycs, as the official
# images have it.
with_library() {
	LIBRARY=$(clean_env "$python" -I -S -c 'import os; print(os.path.dirname(os.__file__))')
	modules=/lib/${LIBRARY##*/}
	mkdir -p "$trees_of_advice/before$modules"
	tar -ch --exclude=__pycache__ --exclude=./test -C "$LIBRARY" . |
		tar -x -C "$trees_of_advice/before$modules"
}

advice_gunicorn() {
	heading advice '1. gunicorn with four workers and Django, a read-only tree'
	clear_trees
	imports 'django, gunicorn' 'no Django with gunicorn (Debian: python3-django, gunicorn)' || return
	with_gunicorn
	judge ro 1 env PYTHONPATH="$below" "$python" -s "${program[@]}"
}

# Each start has an empty shadow.
advice_first() {
	local start after
	heading advice '1. gunicorn with four workers and Django, a read-only tree, redirect'
	clear_trees
	imports 'django, gunicorn' 'no Django with gunicorn (Debian: python3-django, gunicorn)' || return
	with_gunicorn
	start=(env PYTHONPATH="$below" "$python" -s "${program[@]}")
	in_place ro "$trees_of_advice/before" env LD_PRELOAD="$LIB" PYCSHIM_MODE=redirect PYCSHIM_ROOT="$TMP/over/shadow" \
		PYCSHIM_RECORD="$TMP/over/recording" "${start[@]}"
	# shellcheck disable=SC2016 # for the inner shell
	after=(unshare -m sh -c 'mount -t tmpfs -o mode=0700 tmpfs "$0" && exec "$@"' "$TMP/over" "${placed[@]}")
	compare ro 1 redirect/first "${start[@]}" , "${after[@]}"
}

advice_stdlib() {
	heading advice '2. a standard library without pycs, five new containers'
	clear_trees
	imports os "no $python" || return
	with_library
	judge new 5 env PYTHONHOME="$place" "$python" -S -c \
		'import asyncio, http.server, unittest.mock, xmlrpc.client, sqlite3, logging.config'
}

# The user of the program may not write there, as in most images.
advice_venv() {
	local user=(setpriv --reuid=4242 --regid=4242 --clear-groups)
	heading advice '3. a virtual environment as pip --no-compile fills it, another user'
	clear_trees
	imports 'django, venv' 'no Django (Debian: python3-django, python3-venv)' || return
	in_place rw "$trees_of_advice/before" "$python" -m venv --without-pip "$place/venv"
	clean_env "${placed[@]}" || exit
	made=$(echo "$trees_of_advice"/before/venv/lib/python3*/site-packages)
	fill asgiref django pytz sqlparse
	cp "$TOP/tests/bench/django_site.py" "$made"
	chown 4242:4242 "$recordings"
	chmod 711 "$tmpfs"
	judge rw 1 "${user[@]}" "$place/venv/bin/python" -c 'import django_site'
}

# A tool of many modules.
advice_tool() {
	heading advice '4. hg, a read-only tree'
	clear_trees
	if imports mercurial 'no Mercurial (Debian: mercurial)'; then
		fill mercurial hgdemandimport hgext
		rm -rf "$tmpfs/repository"
		clean_env "$python" -c 'from mercurial import dispatch; dispatch.run()' init "$tmpfs/repository"
		judge ro 1 env PYTHONPATH="$below" HGRCPATH= "$python" -S -c \
			'from mercurial import dispatch; dispatch.run()' log -R "$tmpfs/repository"
	fi
	heading advice '4. ansible, a read-only tree'
	clear_trees
	if imports ansible 'no Ansible (Debian: ansible-core)'; then
		fill ansible cryptography jinja2 markupsafe packaging resolvelib yaml
		judge ro 1 env PYTHONPATH="$below" ANSIBLE_HOME="$tmpfs/ansible" "$python" -c \
			'from ansible.cli.adhoc import main; main()' localhost -m ping
	fi
}

advice_numpy() {
	heading advice '5. numpy and pandas, a read-only tree'
	clear_trees
	imports 'numpy, pandas' 'no pandas (Debian: python3-numpy, python3-pandas)' || return
	fill dateutil numpy pandas pytz six.py
	judge ro 1 env PYTHONPATH="$below" "$python" -c 'import numpy, pandas'
}

advice_dash_b() {
	heading advice '6. gunicorn with four workers and Django, -B'
	clear_trees
	imports 'django, gunicorn' 'no Django with gunicorn (Debian: python3-django, gunicorn)' || return
	with_gunicorn
	judge rw 1 env PYTHONPATH="$below" "$python" -s -B "${program[@]}" , \
		env PYTHONPATH="$below" "$python" -s "${program[@]}"
}

advice_times() {
	heading advice '7. an image whose times were all reset after compiling'
	clear_trees
	imports django 'no Django (Debian: python3-django)' || return
	fill asgiref django pytz sqlparse
	cp "$TOP/tests/bench/django_site.py" "$made"
	in_place rw "$trees_of_advice/before" "$python" -m compileall -q "$below"
	clean_env "${placed[@]}" || exit
	find "$trees_of_advice/before" -exec touch -d '1980-01-01 UTC' {} +
	judge ro 1 env PYTHONPATH="$below" "$python" -c 'import django_site'
}

row_advice() {
	local scenario
	if ! is_root || ! can_mount; then
		heading advice 'What promises are worth'
		absent 'this needs root and mounts'
		return
	fi
	for scenario in ${BENCH_ADVICE:-gunicorn first stdlib venv tool numpy dash_b times}; do
		"advice_$scenario"
	done
	rm -rf "$trees_of_advice"
}
