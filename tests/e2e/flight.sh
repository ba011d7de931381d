#!/bin/bash
# SPDX-License-Identifier: MIT
# Of processes that miss the same pyc at once, one compiles it and the others wait for it; but
# nobody waits for one that is killed, stopped, fails or writes nothing, and none for ever.

. "$(dirname "$0")/../lib.sh"

python=$(pythons | while read -r python; do py_info "$python" && [ "$py_kind" = cpython ] && [ "$py_major" = 3 ] && echo "$python" && break; done)
[ -n "$python" ] || skip_all "no CPython 3"
py_info "$python"
SHADOW=$TMP/shadow TREE=$TMP/tree

# make_tree [COUNT [LINES]]: modules whose compiling takes a while
make_tree() {
	rm -rf "$TREE" "$SHADOW" "$TMP/recording" "$TMP/store"
	mkdir -p "$TREE"
	helper -c '
import sys
for module in range(int(sys.argv[2])):
    with open("%s/m%d.py" % (sys.argv[1], module), "w") as file:
        for i in range(int(sys.argv[3])):
            file.write("def f%d(a, b=%d):\n    return [a * b + c for c in range(b) if c %% 3]\n" % (i, i + module))' \
		"$TREE" "${1:-1}" "${2:-300}"
}

# together [NAME=VALUE...] -- ARGUMENT...: a Python in redirect, recorded
together() {
	local set=()
	while [ "$1" != -- ]; do set+=("$1") && shift; done
	shift
	clean_env LD_PRELOAD="$LIB" PYCSHIM_MODE=redirect PYCSHIM_ROOT="$SHADOW" PYCSHIM_ONLY="$TMP" \
		PYCSHIM_RECORD="$TMP/recording" "${set[@]}" "$python" "${py_flags[@]}" "$@"
}
counted() { stat_json "$TMP/recording" summary "[d['totals'][name] for name in '$*'.split()]"; }
milliseconds() { helper -c 'import time; print(int(time.monotonic() * 1000))'; }

# start_all COUNT [NAME=VALUE...] -- ARGUMENT...: that many at once; sets failed
start_all() {
	local count=$1 i pids=()
	shift
	for ((i = 0; i < count; i++)); do
		EXEC='exec' together "$@" >"$TMP/out.$i" 2>&1 &
		pids+=($!)
	done
	failed=0
	for i in "${pids[@]}"; do wait "$i" || failed=$((failed + 1)); done
}
modules() { helper -c 'import sys; print("import sys; sys.path.insert(0, %r); " % sys.argv[1] + "; ".join("import m%d" % i for i in eval(sys.argv[2])))' "$TREE" "$1"; }

# --- one compiles ------------------------------------------------------------------------

for store in '' "$TMP/store"; do
	make_tree 6
	start_all 8 PYCSHIM_STORE="$store" PYCSHIM_WAIT=60000 -- -c "$(modules 'range(6)')"
	name=${store:+with_a_store}
	name=${name:-without_a_store}
	is "$failed" 0 "eight_at_once_${name}_run"
	# 6 on an idle machine; on a busy one some waits end before the compile does
	compiled=$(stat_json "$TMP/recording" summary .totals.compiled)
	check "eight_at_once_${name}_compile_less_often" [ "$compiled" -le 40 ] || note "compiled $compiled of 48"
	like "$(counted waited)" '^\[[1-9]' "eight_at_once_${name}_wait"
	is "$(stat_json "$TMP/recording" summary 'd["totals"]["wait_seconds"] > 0')" true "eight_at_once_${name}_tell_how_long"
	is "$(stat_json "$TMP/recording" summary 'd["totals"]["lookups"] == 48 and d["totals"]["hits"] + d["totals"]["compiled"] == 48')" true \
		"eight_at_once_${name}_count_each_look_up_once"
done
make_tree 6
start_all 8 PYCSHIM_WAIT=0 -- -c "$(modules 'range(6)')"
is "$failed $(counted waited wait_seconds)" "0 [0, 0.0]" wait_0_does_not_wait
make_tree 6
start_all 8 -- -B -c "$(modules 'range(6)')"
is "$failed $(counted waited compiled)" "0 [0, 48]" without_writing_nobody_waits
make_tree 6
start_all 8 PYCSHIM_MODE=trace -- -c "$(modules 'range(6)')"
is "$failed $(counted waited)" "0 [0]" trace_without_a_store_does_not_wait

# the opposite order, again and again, ends
make_tree 6 200
began=$(milliseconds)
for ((i = 0; i < 6; i++)); do
	rm -rf "$SHADOW"
	EXEC='exec' together PYCSHIM_WAIT=60000 -- -c "$(modules 'range(6)')" &
	first=$!
	together PYCSHIM_WAIT=60000 -- -c "$(modules 'range(5, -1, -1)')" || not_ok opposite_order_runs
	wait $first || not_ok opposite_order_runs
done
check opposite_order_does_not_wait_for_long [ $(($(milliseconds) - began)) -lt 30000 ]

# --- a holder that does not finish -------------------------------------------------------

# The holder reads m0 as an import does, and then does something else, as is told; the other
# one must import m0 meanwhile.  It may wait up to a minute by PYCSHIM_WAIT.
hold='import os, signal, sys, time
tree = sys.argv[1]
class Holder:
    def find_spec(self, *rest): pass
import importlib.machinery
loader = importlib.machinery.SourceFileLoader("m0", tree + "/m0.py")
def compile_later(data, path):
    open(tree + "/held", "w").close()
    exec(sys.argv[2])
    return compile(data, path, "exec")
loader.source_to_code = compile_later
loader.get_code("m0")'

# holding NAME LEAST MOST PROGRAM [NAME=VALUE...]: while one runs PROGRAM instead of compiling,
# another needs between LEAST and MOST milliseconds.  The source is long, so by its length
# alone the other would wait for 3.1 seconds (flight.c), which is later than soon.
soon=2900
holding() {
	local name=$1 least=$2 most=$3 program=$4 began took out
	shift 4
	make_tree 1 40
	helper -c 'print("# " + "x" * 600000)' >>"$TREE/m0.py"
	begin together PYCSHIM_WAIT=60000 "$@" -- -c "$hold" "$TREE" "$program" >"$TMP/held.out" 2>&1
	wait_until 60 test -e "$TREE/held"
	[ -z "${then-}" ] || $then "$begun"
	began=$(milliseconds)
	out=$(timeout 60 cat <(together PYCSHIM_WAIT=60000 "$@" -- -c "$(modules 'range(1)'); print(m0.f1(2, 3))" 2>&1))
	took=$(($(milliseconds) - began))
	is "$out" "[7, 8]" "${name}_does_not_stop_the_other"
	check "${name}_is_waited_for_so_long" [ $took -ge "$least" -a $took -le "$most" ] || note "$took ms"
	kill -KILL "$begun" 2>/dev/null
	wait "$begun" 2>/dev/null
}
slow=$'\nwhile True: pass'
holding holder_that_is_slow $soon 20000 "$slow"
holding holder_that_is_slow_with_a_limit 400 4000 "$slow" PYCSHIM_WAIT=400
holding holder_that_is_slow_with_no_wait 0 4000 "$slow" PYCSHIM_WAIT=0
then='kill -KILL' holding holder_that_is_killed 0 $soon "$slow"
then='kill -STOP' holding holder_that_is_stopped 0 $soon "$slow"
holding holder_that_ends 0 $soon 'os._exit(0)'
holding holder_that_is_replaced 0 $soon 'os.execv("/bin/sleep", ["sleep", "30"])'
holding holder_that_imports_a_codec 0 $soon 'import encodings.mac_roman; time.sleep(30)' PYCSHIM_ONLY=
holding holder_that_imports_another 0 $soon 'open(tree + "/n.py", "w").write("x = 1"); sys.path.insert(0, tree); import n; time.sleep(30)'
# a program that catches the error, and then reads, imports and ends nothing
holding holder_that_fails 0 $soon 'sys.excepthook = lambda *rest: time.sleep(30); raise SyntaxError'
holding holder_that_fails_in_a_thread 0 $soon 'import _thread; _thread.start_new_thread(time.sleep, (30,)); sys.excepthook = lambda *rest: time.sleep(30); raise SyntaxError'
holding holder_that_forks $soon 20000 'os.fork() or os._exit(0)'"$slow"
holding holder_that_closes_all $soon 20000 'os.closerange(3, 4096)'"$slow"

# One that keeps nothing is not waited for any more when its next import begins, nor again.
make_tree 2 40
for name in m0 m1; do helper -c 'print("# " + "x" * 600000)' >>"$TREE/$name.py"; done
begin together PYCSHIM_WAIT=60000 -- -c 'import sys
sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
import m0, m1
open(sys.argv[1] + "/held", "w").close()
while True:
    pass' "$TREE" >"$TMP/held.out" 2>&1
wait_until 60 test -e "$TREE/held"
began=$(milliseconds)
together PYCSHIM_WAIT=60000 -- -c "$(modules 'range(2)')" >"$TMP/log" 2>&1
took=$(($(milliseconds) - began))
check one_that_keeps_nothing_is_not_waited_for [ $took -le $soon ] || note "$took ms" "$(cat "$TMP/log" "$TMP/held.out")"
kill -KILL "$begun" 2>/dev/null
wait "$begun" 2>/dev/null

# The compile of the one that leads has failed, and it computes: another process waits for that
# once, and not at each attempt.  (Before 3.12 the error shows the line, which is another reading;
# and with a recording it is seen that nothing is kept.)
first=$python
for python in $(pythons); do
	py_info "$python"
	[ "$py_kind$py_major" = cpython3 ] && [ "$py_minor" -ge 12 ] && break
done
make_tree 1 3000
helper -c 'print("# " + "x" * 600000 + "\n(")' >>"$TREE/m0.py"
begin together PYCSHIM_RECORD=off PYCSHIM_WAIT=2000 -- -c 'import posix, sys # and nothing that looks for a pyc later
sys.path.insert(0, sys.argv[1])
try:
    import m0
except SyntaxError:
    pass
posix.mkdir(sys.argv[1] + "/failed")
while True:
    pass' "$TREE" >"$TMP/held.out" 2>&1
wait_until 60 test -e "$TREE/failed"
is "$(together PYCSHIM_RECORD=off PYCSHIM_WAIT=2000 -- -c 'import sys, time
sys.path.insert(0, sys.argv[1])
waits = []
for _ in range(4):
    cpu, wall = time.process_time(), time.monotonic()
    try:
        import m0
    except SyntaxError:
        pass
    waits.append((time.monotonic() - wall) > 1.9 + (time.process_time() - cpu))
print(waits)' "$TREE" 2>&1)" "[True, False, False, False]" a_failed_compile_is_waited_for_once
end "$begun" KILL
python=$first
py_info "$python"

# Nothing can be put into a store on a read-only file system, so the lock is not there.
if can_mount; then
	make_tree 1
	together PYCSHIM_STORE="$TMP/store" -- -c "$(modules 'range(1)')"
	echo 'x = 1' >"$TREE/m1.py"
	EXEC="readonly_mount $TMP/store" together PYCSHIM_STORE="$TMP/store" -- -c "$(modules 'range(2)')"
	check a_read_only_store_has_no_locks test -e "$SHADOW/.pycshim-locks"
fi

# --- signals -----------------------------------------------------------------------------

# The holder sleeps, and the other one waits.  A signal to that one arrives at once.
make_tree 1 30000
begin together PYCSHIM_WAIT=60000 -- -c "$hold" "$TREE" "$slow" >"$TMP/held.out" 2>&1
holder=$begun
wait_until 60 test -e "$TREE/held"
out=$(timeout 60 cat <(together PYCSHIM_WAIT=60000 -- -c 'import signal, sys, time
sys.path.insert(0, sys.argv[1])
class Stop(Exception): pass
def handler(*rest):
    raise Stop
signal.signal(signal.SIGALRM, handler)
began = time.monotonic()
signal.setitimer(signal.ITIMER_REAL, 0.3)
try:
    import m0
except Stop:
    print("stopped", time.monotonic() - began < 1.5)' "$TREE" 2>&1))
is "$out" "stopped True" alarm_during_the_wait_arrives_at_once
# a shell without job control starts its background processes with SIGINT ignored
begin together PYCSHIM_WAIT=60000 -- -c 'import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.path.insert(0, sys.argv[1])
open(sys.argv[1] + "/waiting", "w").close()
try:
    import m0
except KeyboardInterrupt:
    print("interrupted")' "$TREE" >"$TMP/out" 2>&1
wait_until 60 test -e "$TREE/waiting"
sleep 0.2
began=$(milliseconds)
kill -INT "$begun"
end "$holder" KILL
wait "$begun"
took=$(($(milliseconds) - began))
is "$(cat "$TMP/out")" interrupted interrupt_during_the_wait_arrives
check interrupt_during_the_wait_arrives_at_once [ $took -le $soon ] || note "$took ms"

# --- threads -----------------------------------------------------------------------------

make_tree 8 200
start_all 4 PYCSHIM_WAIT=60000 -- -c 'import sys, threading
sys.path.insert(0, sys.argv[1])
threads = [threading.Thread(target=__import__, args=("m%d" % (i % 8),)) for i in range(16)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
print(sum(name[0] == "m" and name[1:].isdigit() for name in sys.modules))' "$TREE"
is "$failed $(cat "$TMP"/out.[0-3] | tr '\n' ' ')" "0 8 8 8 8 " threads_in_several_processes_run
make_tree 4 200
start_all 2 PYCSHIM_WAIT=60000 -- -c 'import os, sys
sys.path.insert(0, sys.argv[1])
children = []
for i in range(4):
    pid = os.fork()
    if not pid:
        import m0, m1, m2, m3
        os._exit(0)
    children.append(pid)
sys.exit(sum(os.waitpid(pid, 0)[1] for pid in children))' "$TREE"
is "$failed" 0 forks_run
check forks_compile_less_often [ "$(stat_json "$TMP/recording" summary .totals.compiled)" -le 28 ]
