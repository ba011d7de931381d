# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154,SC2034 # the rest is in tests/bench/run
#
# The rows about compiling once: single flight and the store.  Sourced by tests/bench/run.
#
# The trees are copies of Django without pycs, on a tmpfs.  A command is a shell that puts the
# cache into the state that is wanted and then starts the interpreter, so both commands of a
# comparison pay for the shell.

trees=$tmpfs/trees

find_trees() {
	local place name
	find_django || return
	if [ -e "$trees" ]; then
		find "$trees" -name '*.pyc' -delete
		return
	fi
	place=${django[0]##*:}
	mkdir "$trees"
	for name in one other; do
		mkdir "$trees/$name"
		cp -r "$place/django" "$place/asgiref" "$trees/$name"
		! [ -e "$place/sqlparse" ] || cp -r "$place/sqlparse" "$trees/$name"
		find "$trees/$name" -name __pycache__ -prune -exec rm -r {} +
	done
	find "$trees/other" -name '*.py' -exec touch -d 2001-01-01 {} +
}

# Sets set_up[@] to a start from a tree, without shell: TREE [NAME=VALUE...].
start_of() {
	set_up=(env "${@:2}" PYTHONPATH="$TMP/site:$trees/$1:${django[0]##*:}" "${django[@]:1}")
}

# shell BEFORE COMMAND...: sets command[@] to a shell that does BEFORE, and is COMMAND then
shell() { command=(sh -c "$1; exec \"\$@\"" sh "${@:2}"); }

empty_shadow="rm -rf $tmpfs/shadow.new; mkdir -m 700 $tmpfs/shadow.new"
no_pycs="find $trees -name '*.pyc' -delete"

row_crowd() {
	local together apart unshared prefix crowd=8 each
	heading crowd "CPU of $crowd processes that start at once, in redirect"
	find_trees || return
	each="for _ in 1 2 3 4 5 6 7; do \"\$@\" & done"
	start_of one "${redirect[@]}" PYCSHIM_ROOT="$tmpfs/shadow.new"
	together=(sh -c "$empty_shadow; \"\$@\" & $each; wait" sh "${set_up[@]}")
	apart=(sh -c "$empty_shadow; \"\$@\"; $each; wait" sh "${set_up[@]}")
	start_of one "${redirect[@]}" PYCSHIM_ROOT="$tmpfs/shadow.new" PYCSHIM_WAIT=0
	unshared=(sh -c "$empty_shadow; \"\$@\" & $each; wait" sh "${set_up[@]}")
	start_of one PYTHONPYCACHEPREFIX="$tmpfs/shadow.new"
	prefix=(sh -c "$empty_shadow; \"\$@\" & $each; wait" sh "${set_up[@]}")
	compare "$few" 1 "${apart[@]}" , "${together[@]}" , "${unshared[@]}" , "${prefix[@]}"
	ratio 'cold at once / one cold, seven warm' 1 '<= 1.15'
	figure '  wall' "$(calculate "$(field 1 6)")"
	ratio 'the same, PYCSHIM_WAIT=0' 2
	figure '  wall' "$(calculate "$(field 2 6)")"
	ratio 'the same, PYTHONPYCACHEPREFIX' 3
}

row_store() {
	local warm store=$tmpfs/store one=("${redirect[@]}" PYCSHIM_ROOT="$tmpfs/shadow.one")
	heading store 'CPU of a Django set-up with a store'
	find_trees || return
	[ -e "$tmpfs/shadow.one" ] || mkdir -m 700 "$tmpfs/shadow.one"
	# fill the store and a shadow
	start_of one "${one[@]}" PYCSHIM_STORE="$store"
	clean_env "${set_up[@]}"
	shell "$empty_shadow" "${set_up[@]}"
	warm=("${command[@]}")
	start_of other "${redirect[@]}" PYCSHIM_ROOT="$tmpfs/shadow.new" PYCSHIM_STORE="$store"
	shell "$empty_shadow" "${set_up[@]}"
	compare "$((2 * few))" 1 "${warm[@]}" , "${command[@]}"
	ratio 'other path and times, empty shadow / warm' 1 '<= 1.20'
	start_of one "${one[@]}" PYCSHIM_STORE="$store"
	warm=("${set_up[@]}")
	start_of one "${one[@]}"
	compare "$rounds" 1 "${set_up[@]}" , "${warm[@]}"
	ratio 'warm, store set / not set' 1 '<= 1.005'
	figure 'bytes in the store / of the pycs' "$(calculate \
		"$(find "$store" -name '*.*' -type f -printf '%s\n' | awk '{ s += $1 } END { print s }') / \
		$(find "$tmpfs/shadow.one" -name '*.pyc' -printf '%s\n' | awk '{ s += $1 } END { print s }')")" '<= 1.1'
}

row_cold() {
	local none plain fill miss
	heading cold 'CPU of a cold start of one process, which compiles all'
	find_trees || return
	start_of one "${library[@]}" PYCSHIM_MODE=off
	shell "$no_pycs" "${set_up[@]}"
	none=("${command[@]}")
	start_of one "${on_tmpfs[@]}"
	shell "$no_pycs" "${set_up[@]}"
	plain=("${command[@]}")
	start_of one "${on_tmpfs[@]}" PYCSHIM_STORE="$tmpfs/store.new"
	shell "$no_pycs; rm -rf $tmpfs/store.new" "${set_up[@]}"
	fill=("${command[@]}")
	[ -e "$tmpfs/store.empty" ] || mkdir -m 500 "$tmpfs/store.empty"
	start_of one "${on_tmpfs[@]}" PYCSHIM_STORE="$tmpfs/store.empty" PYCSHIM_STORE_MAX=1
	shell "$no_pycs" "${set_up[@]}"
	miss=("${command[@]}")
	start_of one "${redirect[@]}" PYCSHIM_ROOT="$tmpfs/shadow.new"
	shell "$no_pycs; $empty_shadow" "${set_up[@]}"
	compare "$((2 * few))" 1 "${none[@]}" , "${plain[@]}" , "${command[@]}"
	ratio 'trace / without' 1 '<= 1.02'
	ratio 'redirect / without' 2 '<= 1.03'
	compare "$((2 * few))" 1 "${plain[@]}" , "${fill[@]}" , "${miss[@]}"
	ratio 'filling a store / trace' 1 '<= 1.05'
	ratio 'a store that has nothing / trace' 2 '<= 1.03'
}

# A server with four workers, which ends when all of them have loaded the site.  Two workers
# that are ready at once may both end it, which does no harm.
row_workers() {
	local EXEC server cold warm prefix plain ready=$tmpfs/ready
	heading workers 'CPU of gunicorn with four workers and Django, no pycs in the image'
	find_images || return
	EXEC='in_images ro'
	mkdir -p "$TMP/site"
	cat >"$TMP/site/bench_workers.py" <<'END'
import os, signal

bind, workers, worker_tmp_dir = "127.0.0.1:0", 4, "/dev/shm"
loglevel = "error"


def post_worker_init(worker):
    ready = os.open(os.environ["READY"], os.O_RDWR | os.O_APPEND | os.O_CREAT)
    os.write(ready, b".")
    if os.fstat(ready).st_size == workers:
        os.kill(worker.ppid, signal.SIGTERM)
END
	set_up_of none READY="$ready" PYTHONDONTWRITEBYTECODE=
	server=("${command[@]:0:${#command[@]}-2}" -m gunicorn -c "$TMP/site/bench_workers.py"
		django_site:application)
	shell "$empty_shadow; rm -f $ready" env "${redirect[@]}" PYCSHIM_ROOT="$tmpfs/shadow.new" "${server[@]}"
	cold=("${command[@]}")
	shell "mkdir -p -m 700 $tmpfs/shadow.workers; rm -f $ready" env "${redirect[@]}" \
		PYCSHIM_ROOT="$tmpfs/shadow.workers" "${server[@]}"
	warm=("${command[@]}")
	shell "$empty_shadow; rm -f $ready" env PYTHONPYCACHEPREFIX="$tmpfs/shadow.new" "${server[@]}"
	prefix=("${command[@]}")
	shell "rm -f $ready" env "${server[@]}"
	plain=("${command[@]}")
	compare "$few" 1 "${warm[@]}" , "${cold[@]}" , "${prefix[@]}" , "${plain[@]}"
	ratio 'first start, empty shadow / warm' 1 '<= 2.0'
	figure '  wall' "$(calculate "$(field 1 6)")"
	ratio 'PYTHONPYCACHEPREFIX, first / warm' 2
	ratio 'read-only, each start / warm' 3
}

row_venv() {
	local venv=$tmpfs/venv store=$tmpfs/store.venv python packages start first second without
	heading venv 'CPU of the first start of a virtual environment, in trace with a store'
	find_trees || return
	python=${bare[1]}
	if [ ! -e "$venv" ]; then
		clean_env "$python" -m venv --without-pip "$venv" || return
		packages=$(echo "$venv"/lib/python*/site-packages)
		cp -r "$trees/other/." "$TMP/site/django_site.py" "$packages"
		[ ! -e "${django[0]##*:}/pytz" ] || cp -r "${django[0]##*:}/pytz" "$packages"
	fi
	start=("$venv/bin/python" -c 'import django_site')
	set -- env "${on_tmpfs[@]}" PYCSHIM_STORE="$store" "${start[@]}"
	shell "find $venv -name '*.pyc' -delete" "$@"
	first=("${command[@]}")
	shell "find $venv -name '*.pyc' -size +1G -delete" "$@"
	second=("${command[@]}")
	shell "find $venv -name '*.pyc' -delete" env "${on_tmpfs[@]}" "${start[@]}"
	without=("${command[@]}")
	compare "$((2 * few))" 1 "${second[@]}" , "${first[@]}" , "${without[@]}"
	ratio 'first, warm store / second' 1 '<= 1.20'
	ratio 'first, no store / second' 2
}
