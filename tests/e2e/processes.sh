#!/bin/bash
# SPDX-License-Identifier: MIT
# Imports in child processes started in every way: each process is counted separately.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/pair.bash"

# A program that starts children one after another, so that all runs are equal.
family=$TMP/family.py
cat >"$family" <<'END'
import os, subprocess, sys
sys.path.insert(0, os.getcwd())
FLAGS = sys.argv[2].split()
CODE = "import sys; sys.path.insert(0, '.'); import wide%d, pkg.sub.c"


def load(number):
    __import__("wide%d" % number)


def run(how, numbers=(1, 2, 3)):
    import multiprocessing
    context = multiprocessing.get_context(how) if hasattr(multiprocessing, "get_context") \
        else multiprocessing
    for number in numbers:
        process = context.Process(target=load, args=(number,))
        process.start()
        process.join()


def forked(child):
    pid = os.fork()
    if pid == 0:
        try:
            child()
        finally:
            os._exit(3)
    print(os.waitpid(pid, 0)[1])


def main(what):
    import pkg.a
    command = [sys.executable] + FLAGS + ["-c"]
    if what in ("fork", "spawn", "forkserver"):
        run(what)
    elif what == "subprocess":
        for number in 1, 2:
            print(subprocess.call(command + [CODE % number]))
            print(subprocess.call(command + [CODE % number], close_fds=True))
    elif what == "shell":
        print(os.system(" ".join(command + ['"%s"' % (CODE % 1)])))
    elif what == "others":  # programs that read pycs but are no interpreters
        print(subprocess.call("cat pkg/*.pyc pkg/__pycache__/*.pyc > all 2> /dev/null", shell=True))
        print(subprocess.call(["cp", "-r", "pkg", "copy"]))
        load(1)
    elif what == "posix_spawn":
        print(os.waitpid(os.posix_spawn(sys.executable, command + [CODE % 1], os.environ), 0)[1])
    elif what == "os_fork":
        forked(lambda: load(1))
        forked(lambda: forked(lambda: load(2)))
        load(2)
    elif what == "exec":
        load(1)
        forked(lambda: os.execv(sys.executable, command + [CODE % 2]))
        os.execv(sys.executable, command + [CODE % 1])
    elif what == "kill":
        load(1)
        load(2)
        os.kill(os.getpid(), 9)
    elif what == "crowd":
        pids = []
        for _ in range(8):
            pid = os.fork()
            if pid == 0:
                for number in range(1, 9):
                    load(number)
                os._exit(0)
            pids.append(pid)
        print([os.waitpid(pid, 0)[1] for pid in pids])


if __name__ == "__main__":
    main(sys.argv[1])
END

# family WAY NAME
family() { pair "$2" "$python" "${flags[@]}" "$family" "$1" "${flags[*]}"; }

children() {
	local ways=(fork subprocess shell others os_fork exec kill) way
	if [ "$py_major" = 3 ]; then
		ways+=(spawn forkserver)
		[ "$py_minor" -lt 8 ] || ways+=(posix_spawn)
	fi
	for way in "${ways[@]}"; do
		new_scenario
		warm_up "$python" "${flags[@]}" "$family" "$way" "${flags[*]}"
		family "$way" "${way}_cold_counts_every_process"
		[[ $way == @(fork|subprocess|exec|others) ]] || continue
		prepare() { once "$python" "${flags[@]}" "$family" "$way" "${flags[*]}"; rm -rf copy; }
		family "$way" "${way}_warm_counts_every_process"
	done
	new_scenario
	# 2.7 reads headers by stdio: strace shows that it rejected a pyc which was being
	# written, but not the bytes it saw, nor whether a pyc was unlinked just before
	[ "$py_major" -gt 2 ] || oracle=(--ignore mtime --ignore truncated --ignore written)
	same_run crowd_cold_counts_every_process "$python" "${flags[@]}" "$family" crowd ''
	is "$(cat "$TMP/out2")" "[0, 0, 0, 0, 0, 0, 0, 0]" "${py_name}_crowd_children_end_well"
}

each_python children
