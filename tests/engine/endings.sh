#!/bin/bash
# SPDX-License-Identifier: MIT
# The launcher as the first process of a container: signals, exit statuses, orphans.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/engine.bash"
engine_begin
out=$ENGINE/image/usr/local
engine_root "$ENGINE/image"
mkdir "$out/lib"
cp "$PYCSHIM" "$PYCSTAT" "$out/bin/"
cp "$LIB" "$out/lib/"
check image_can_be_made engine_import "$ENGINE/image" app 'ENTRYPOINT ["pycshim", "-m", "redirect", "--"]'

program='
import os, signal, sys, time
def caught(number, frame):
    print("caught", signal.Signals(number).name, flush=True)
    if number == signal.SIGTERM:
        sys.exit(3)
for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1):
    signal.signal(number, caught)
print("is process", os.getpid(), flush=True)
while True:
    time.sleep(1)'

says() { podman logs "$1" 2>&1 | grep -q "^$2"; }

# ended CONTAINER: the status that the engine tells
ended() { podman inspect -f '{{.State.Status}} {{.State.ExitCode}}' "$1"; }

# catches CONTAINER OPTION...: each signal reaches the program, and `stop` its status us.
catches() {
	local container=$1 signal began
	shift
	podman run -d --name "$container" "$@" python3 -c "$program" >/dev/null
	wait_until 60 says "$container" 'is process'
	for signal in HUP USR1; do
		podman kill -s $signal "$container" >/dev/null
		check "${container}_gets_SIG$signal" wait_until 60 says "$container" "caught SIG$signal"
	done
	began=$SECONDS
	podman stop -t 60 "$container" >/dev/null 2>&1
	is "$(ended "$container")" 'exited 3' "${container}_stops_with_the_programs_status" "$(podman logs "$container" 2>&1)"
	check "${container}_stops_at_once" test $((SECONDS - began)) -lt 50
}
catches launched app
check launched_program_is_the_first_process says launched 'is process 1$'
catches summed --entrypoint '["pycshim", "-s", "--"]' app
check summed_prints_the_summary says summed 'Bytecode cache of 1 process'
catches preloaded --entrypoint '' -e LD_PRELOAD=/usr/local/lib/libpycshim.so -e PYCSHIM_MODE=redirect app
check preloaded_program_is_recorded podman run --rm --entrypoint '' -e LD_PRELOAD=/usr/local/lib/libpycshim.so \
	app sh -c 'python3 -c "import json"; pycstat | grep "^Bytecode cache of 1 process"'

# gives STATUS NAME OPTION_OR_WORD...: of a container that ends by itself
gives() {
	podman run --rm "${@:3}" >"$TMP/out" 2>&1
	is $? "$1" "${2}_gives_$1" "$(cat "$TMP/out")"
}
for entrypoint in '["pycshim", "-m", "redirect", "--"]' '["pycshim", "-s", "--"]'; do
	kind=launched
	[[ $entrypoint != *-s* ]] || kind=summed
	gives 0 ${kind}_success --entrypoint "$entrypoint" app python3 -c pass
	gives 7 ${kind}_exit --entrypoint "$entrypoint" app python3 -c 'raise SystemExit(7)'
	gives 127 ${kind}_missing_program --entrypoint "$entrypoint" app nonexistent
	gives 126 ${kind}_directory --entrypoint "$entrypoint" app /etc
	gives 134 ${kind}_abort --entrypoint "$entrypoint" app sh -c 'python3 -c "import os; os.abort()"; exit $?'
done
# The kernel keeps from process 1 a signal that it does not handle; from a child it does not.
podman run -d --name careless --entrypoint '["pycshim", "-s", "--"]' app sleep 1000 >/dev/null
podman stop -t 60 careless >/dev/null 2>&1
is "$(ended careless)" 'exited 143' summed_program_without_a_handler_stops

# Process 1 inherits orphans: none of them stays a zombie.
orphans='
import os, time
for _ in range(5):
    if os.fork() == 0:
        if os.fork() == 0:
            time.sleep(0.2)
        os._exit(0)
    os.wait()
time.sleep(1)
print(sum(" Z " in open("/proc/%s/stat" % pid).read() for pid in os.listdir("/proc") if pid.isdigit()))'
is "$(podman run --rm --entrypoint '["pycshim", "-s", "--"]' app python3 -c "$orphans" 2>/dev/null)" 0 \
	summed_orphans_are_reaped
