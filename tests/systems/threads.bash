# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# shellcheck disable=SC2154 # the variables of accept_interpreter
#
# Threads that import at once, in an interpreter without the global interpreter lock: each has
# modules of its own, and all need one that they share.  A module is compiled once in a process,
# so that the counts of the recording are known.  Sourced after interpreter.bash, and called in
# accept_interpreter, whose variables it uses.

THREADS=8
EACH=25 # modules of a thread
ALL=$((THREADS * EACH + 1))
ROUNDS=5

# new_wide_tree: the modules, at /mnt/tree, and no shadow
new_wide_tree() {
	local thread module
	rm -rf "$ROOT"/mnt/{tree,rec,shadow}
	mkdir "$ROOT/mnt/tree" && (
		cd "$ROOT/mnt/tree" || exit
		echo 'value = 1' >shared.py
		for ((thread = 0; thread < THREADS; thread++)); do
			for ((module = 0; module < EACH; module++)); do
				echo "import shared; value = shared.value" >"m${thread}_$module.py"
			done
		done
		touch -d '2020-02-02 02:02:02' ./*.py
	)
}

# at_once [NAME=VALUE...]: import all, and print whether the lock was on, and a sum
at_once() {
	rm -f "$ROOT/mnt/rec"
	inside "${traced[@]}" "$@" "$interpreter" "${flags[@]}" -c "
import sys, threading
sys.path.insert(0, '/mnt/tree')
start = threading.Barrier($THREADS)
values = []

def work(thread):
    start.wait()
    for module in range($EACH):
        values.append(__import__('m%d_%d' % (thread, module)).value)

threads = [threading.Thread(target=work, args=(thread,)) for thread in range($THREADS)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(sys._is_gil_enabled(), sum(values))" 2>&1
}

# rounds WANTED [NAME=VALUE...]: in each round, run $before and the program.  WANTED are the hits,
# compiled, written and failed writes of the recording, and the pycs in the tree and the shadow;
# print the rounds that differ.
rounds() {
	local round got wanted="False $((ALL - 1)), $1"
	for ((round = 0; round < ROUNDS; round++)); do
		$before
		got="$(at_once "${@:2}"), $(told hits compiled written write_failed) $(caches) $(caches /mnt/shadow/mnt/tree)"
		[ "$got" = "$wanted" ] || echo "$got, and not $wanted"
	done
}

accept_threads() {
	local before=new_wide_tree shadow=(PYCSHIM_MODE=redirect PYCSHIM_ROOT=/mnt/shadow)
	is "$(rounds "0 $ALL $ALL 0 $ALL 0")" '' "${name}_threads_cold"
	before=true
	is "$(rounds "$ALL 0 0 0 $ALL 0")" '' "${name}_threads_warm"
	before=new_wide_tree
	is "$(rounds "0 $ALL 0 $ALL 0 0" PYCSHIM_MODE=deny)" '' "${name}_threads_denied"
	before=new_wide_tree
	is "$(rounds "0 $ALL $ALL 0 0 $ALL" "${shadow[@]}")" '' "${name}_threads_redirect_cold"
	before=true
	is "$(rounds "$ALL 0 0 0 0 $ALL" "${shadow[@]}")" '' "${name}_threads_redirect_warm"
}
