#!/bin/bash
# SPDX-License-Identifier: MIT
# What containers run as: other users, without capabilities, and with what seccomp refuses.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/engine.bash"
. "$(dirname "$0")/app.bash"
engine_begin
app_image

two=(gunicorn --workers 2 --bind 0.0.0.0:8000 wsgi)

# as NAME UID OPTION...: two workers on a read-only root; the shadow is the default one.
as() {
	run "$1" --read-only --tmpfs /tmp "${@:3}" app "${two[@]}"
	serves "$1" 2 "$1"
	is "$(podman exec "$1" id -u)" "$2" "${1}_is_that_user"
	keeps "$1" "/dev/shm/pycshim-$2/shadow" "$1"
	stops "$1" "$1"
}

as user_1000 1000 --user 1000
as random_user_of_group_0 1234567 --user 1234567:0
powers=(--cap-drop=all --security-opt=no-new-privileges)
as root_without_capabilities 0 "${powers[@]}"
is "$(podman run --rm "${powers[@]}" --entrypoint '' app sed -n 's/^CapBnd:\t*0*$/none/p' /proc/self/status)" \
	none capabilities_are_dropped

# --- a volume ----------------------------------------------------------------------------

# A new container of the same image starts warm, as another that is started again.
volume=(--read-only --tmpfs /tmp -v cache:/cache -e PYCSHIM_ROOT=/cache/pyc -e PYCSHIM_RECORD=/cache/recording)
run volume "${volume[@]}" app "${two[@]}"
serves volume 2 volume
keeps volume /cache/pyc volume /cache/recording
podman rm -f -t 60 volume >/dev/null
run volume "${volume[@]}" app "${two[@]}"
serves volume 2 volume_of_a_new_container
is_warm volume 2 volume_of_a_new_container /cache/recording
podman stop -t 60 volume >/dev/null
podman start volume >/dev/null
serves volume 4 volume_of_a_started_container
is_warm volume 2 volume_of_a_started_container /cache/recording

# --- seccomp -----------------------------------------------------------------------------

# imports NAME OPTION...: what one process that imports the application records and keeps,
# below a line with the mode of its filter
imports() {
	podman run --rm "${@:2}" app python3 -c '
import wsgi, json, os, subprocess
print([line.split()[1] for line in open("/proc/self/status") if line.startswith("Seccomp:")])
del os.environ["LD_PRELOAD"]
here = lambda *command: subprocess.check_output(command).decode()
summary = json.loads(here("pycstat", "--json"))
for key in "lost_events", "damaged_bytes", "write_errors", "events":
    print(key, summary[key])
for key in "lookups", "hits", "compiled", "written":
    print(key, summary["totals"][key])
print(here("find", "/dev/shm/pycshim-0/shadow", "-name", "*.pyc"))' >"$TMP/out" 2>"$TMP/log" || note "$(cat "$TMP/log")"
	mode=$(head -n 1 "$TMP/out")
	sed 1d "$TMP/out" >"$TMP/$1"
}
imports unconfined --security-opt seccomp=unconfined
is "$(head -n 3 "$TMP/unconfined" | xargs)" 'lost_events 0 damaged_bytes 0 write_errors {}' unconfined_records_all
is "$(grep -c '\.pyc$' "$TMP/unconfined")" "$(sed -n 's/^compiled //p' "$TMP/unconfined")" unconfined_keeps_all
imports default
is "$mode" "['2']" default_profile_is_in_force
same default_profile_loses_nothing "$TMP/default" "$TMP/unconfined"
# what the profiles of older engines do not know
cat >"$TMP/old.json" <<'END'
{"defaultAction": "SCMP_ACT_ALLOW",
 "syscalls": [{"names": ["openat2", "faccessat2", "close_range", "statx"],
               "action": "SCMP_ACT_ERRNO", "errnoRet": 1}]}
END
imports old --security-opt seccomp="$TMP/old.json"
is "$mode" "['2']" old_profile_is_in_force
same old_profile_loses_nothing "$TMP/old" "$TMP/unconfined"
