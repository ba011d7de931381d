#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The default recording: pycstat reads it only if this user or root created it and nobody
# else may write it, and never blocks on it.  Runs as root in a mount namespace with a
# private /dev/shm and /tmp, in which other users plant files.

. "$(dirname "$0")/../lib.sh"

is_root || skip_all 'needs root, to make what other users make'
can_mount || skip_all 'cannot mount'
export stranger=4001
cp "$TOP/tests/golden/v1.recording" "$TMP/golden"
chmod 644 "$TMP/golden"

cat >"$TMP/inside" <<'END'
mount --bind "$TMP" /mnt && mount -t tmpfs -o mode=1777 tmpfs /dev/shm &&
	mount -t tmpfs -o mode=1777 tmpfs /tmp && cd /mnt || exit 1
export LC_ALL=C.UTF-8 TZ=UTC
place() { install -d -m "${3:-700}" -o "$1" -g "$1" "$2"; }
recording() { install -m "${3:-600}" -o "$1" -g "$1" golden "$2/recording"; }
# asks NAME [COMMAND...]: run pycstat, which must end; writes out.NAME, err.NAME,
# status.NAME
asks() {
	local name=$1
	shift
	env -u XDG_RUNTIME_DIR timeout 100 "$@" >"out.$name" 2>"err.$name" </dev/null
	echo $? >"status.$name"
	rm -rf /dev/shm/* /tmp/*
}
pycstat=/mnt/bin/pycstat
user='setpriv --reuid=1000 --regid=1000 --clear-groups'
state=/dev/shm/pycshim-0

asks nothing $pycstat
place 0 $state && recording 0 $state
asks mine $pycstat
place 1000 /dev/shm/pycshim-1000 && recording 1000 /dev/shm/pycshim-1000
asks a_users $user $pycstat
place 0 /dev/shm/pycshim-1000 755 && recording 0 /dev/shm/pycshim-1000 644
asks roots $user $pycstat
place $stranger $state 755 && recording $stranger $state 644
asks strangers $pycstat
place $stranger $state 755 && mkfifo -m 644 $state/recording
asks fifo $pycstat
place $stranger $state 755 && mkfifo -m 644 $state/recording
asks fifo_followed $pycstat events --follow
place 0 $state && mkfifo $state/recording
asks my_fifo $pycstat
place 0 $state && recording $stranger $state 644
asks strangers_file_in_mine $pycstat
place 0 $state 777 && recording 0 $state
asks open_directory $pycstat
place 0 $state && recording 0 $state 666
asks open_file $pycstat
place 0 $state && ln -s /mnt/golden $state/recording
asks link $pycstat
place 0 /tmp/real && recording 0 /tmp/real && ln -s /tmp/real $state
asks directory_link $pycstat
mkdir $state && mount -t tmpfs -o mode=700 tmpfs $state && recording 0 $state
asks mount $pycstat
umount $state
place $stranger $state 755 && recording $stranger $state 644
place 0 /tmp/pycshim-0 && recording 0 /tmp/pycshim-0
asks next_place $pycstat
place 33 /dev/shm/pycshim-33 && recording 33 /dev/shm/pycshim-33
place 34 /tmp/pycshim-34 && recording 34 /tmp/pycshim-34 && mkdir /tmp/pycshim-35
asks of_workers $pycstat
place $stranger /tmp/run 700 && place $stranger /tmp/run/pycshim && recording $stranger /tmp/run/pycshim
asks strangers_runtime env XDG_RUNTIME_DIR=/tmp/run $pycstat
place 0 /tmp/run && place 0 /tmp/run/pycshim && recording 0 /tmp/run/pycshim
asks my_runtime env XDG_RUNTIME_DIR=/tmp/run $pycstat
END
# XDG_RUNTIME_DIR is unset for the other cases, and env sets it for these two
mounts bash "$TMP/inside" >"$TMP/inside.log" 2>&1 || not_ok default_recordings_are_made "$(cat "$TMP/inside.log")"
cd "$TMP" || exit 1

# reads NAME; refuses NAME REGEX
reads() {
	is "$(cat "status.$1"):$(head -c 14 "out.$1")" '0:Bytecode cache' "default_recording_${1}_is_read" \
		"$(head -n 5 "err.$1")"
}
refuses() {
	is "$(cat "status.$1"):$(cat "out.$1")" 1: "default_recording_${1}_is_not_read" "$(cat "err.$1")"
	like "$(cat "err.$1")" "$2" "default_recording_${1}_says_why_it_is_not_read"
}
refuses nothing '^pycstat: no recording in'
is "$(wc -l <err.nothing)" 1 default_recording_nothing_is_told_in_one_line
reads mine
is "$(cat err.mine)" '' default_recording_mine_is_read_without_a_word
reads a_users
reads roots
like "$(cat err.roots)" '^pycstat: /dev/shm/pycshim-1000/recording: made by user 0$' \
	default_recording_roots_says_whose_it_is
refuses strangers 'pycshim-0/recording: not read, as nobody named it: its directory is another user'
refuses fifo 'its directory is another user'
refuses fifo_followed 'its directory is another user'
refuses my_fifo 'no regular file'
refuses strangers_file_in_mine 'it is another user'
refuses open_directory 'others may write its directory'
refuses open_file 'others may write it'
refuses link 'no regular file'
refuses directory_link 'its directory is none'
refuses mount 'another file system is mounted there'
reads next_place
refuses of_workers 'no recording in'
is "$(grep '^ ' err.of_workers)" "  /dev/shm/pycshim-33/recording  (of user 33)
  /tmp/pycshim-34/recording  (of user 34)" default_recording_of_workers_are_named
refuses strangers_runtime 'no recording in'
reads my_runtime

# a recording that is named is read, whoever created it, but never waited for
mkfifo fifo
for command in summary events 'events --follow'; do
	# shellcheck disable=SC2086
	timeout 100 "$PYCSTAT" $command ./fifo >out 2>err
	is "$?:$(cat err)" '1:pycstat: ./fifo: a FIFO, which may never end, not a recording' \
		"recording_that_is_a_fifo_is_refused_by_${command// /_}"
done
helper -c 'import socket; socket.socket(socket.AF_UNIX).bind("socket")'
"$PYCSTAT" ./socket >out 2>err
is "$?:$(cat err)" '1:pycstat: ./socket: a socket, not a recording' recording_that_is_a_socket_is_refused
chown $stranger golden
check recording_of_a_stranger_that_is_named_is_read "$PYCSTAT" ./golden
