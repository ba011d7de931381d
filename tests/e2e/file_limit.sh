#!/bin/bash
# SPDX-License-Identifier: MIT
# Redirect under a limit on file sizes (RLIMIT_FSIZE), where writing past the limit raises
# SIGXFSZ.  A program that only changes a pyc must not get the signal because the library
# copies the pyc up: it gets an error, as on a read-only file system.  A program that
# itself writes past the limit ends as without the library.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/shadow.bash"

can_mount || skip_all "no mounts here"
python=$(python3_path)
py_info "$python"

# Python ignores SIGXFSZ, so the test starts a program that does not.
cat >"$TMP/limited.py" <<'END'
import resource, signal, subprocess, sys


def limit():
    resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)


done = subprocess.run(sys.argv[1:], preexec_fn=limit, stderr=subprocess.DEVNULL)
print("status %d" % done.returncode)
END

make_tree
helper -c 'print("x = %r" % ("y" * 60000))' >"$TREE/pkg/big.py"
clean_env "$python" -I -S -m compileall -q "$TREE"
big=$(find "$TREE" -name 'big.*.pyc')
sum=$(cksum "$big")
seed=$TMP/big.pyc
cp "$big" "$seed"

# limited COMMAND...: print the status of the command under the limit, with redirect
limited() { redirected "$TMP/rec" "$python" -I -S -B "$TMP/limited.py" "$@"; }
# alone COMMAND...: the same without the library
alone() { "${around[@]}" env -i PATH="$SYSTEM_PATH" "$python" -I -S -B "$TMP/limited.py" "$@"; }

# lives NAME COMMAND...: the command changes the big pyc, whose copy exceeds the limit
lives() {
	local name=$1 without
	shift
	around=(readonly_mount "$TREE")
	without=$(alone "$@")
	like "$without" '^status [1-9]' "${name}_fails_on_a_read_only_file_system"
	is "$(limited "$@")" "$without" "${name}_past_the_limit_fails_as_there"
	around=()
	is "$(limited "$@")" "$without" "${name}_past_the_limit_fails_where_it_could_write"
	is "$(find "$SHADOW" -type f 2>/dev/null)" "" "${name}_past_the_limit_leaves_nothing_in_the_shadow"
	is "$(cksum "$big")" "$sum" "${name}_past_the_limit_changes_nothing_in_place"
}

lives chmod chmod 600 "$big"
lives touch touch -d '1 hour ago' "$big"
lives truncate truncate -s 100 "$big"
lives overwriting dd "if=$seed" "of=$big" bs=16 count=1 conv=notrunc status=none
lives linking ln "$big" "${big%.pyc}.opt-x.pyc"

# A program that itself writes past the limit gets the signal, and nothing is left in
# place.
new=${big/big./new.}
around=()
without=$(alone cp "$seed" "$new")
is "$without" 'status -25' writing_past_the_limit_is_deadly
rm -f "$new"
is "$(limited cp "$seed" "$new")" "$without" writing_past_the_limit_is_as_deadly_in_the_shadow
is "$(find "$TREE" -name 'new.*')" "" writing_past_the_limit_leaves_nothing_in_place

# A truncated pyc that is published nevertheless, as CPython does before gh-126606, is not
# kept, and the message names the limit as the reason.
cat >"$TMP/publish.py" <<'END'
import os, resource, sys
open(sys.argv[1]).read()
resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))
temporary = sys.argv[2] + ".123"
fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
assert os.write(fd, b"x" * 20000) == 8192
os.close(fd)
os.rename(temporary, sys.argv[2])
END
rm -f "$TMP/rec"
check writing_past_the_limit_and_publishing_works traced "$TMP/rec" "$python" -I -S -B "$TMP/publish.py" \
	"$TREE/pkg/big.py" "$new"
is "$(stat_json "$TMP/rec" summary .write_errors) $(stat_json "$TMP/rec" summary .totals.written)" \
	'{"EFBIG": 1} 0' writing_past_the_limit_is_told_as_that
rm -f "$new"

# Without the limit the same changes work, and the next start has hits.
rm -rf "$SHADOW"
around=(readonly_mount "$TREE")
is "$(redirected "$TMP/rec" "$python" -I -S -B -c "
import os, subprocess, sys
print(subprocess.call(['chmod', '600', sys.argv[1]]), oct(os.stat(sys.argv[1]).st_mode))" "$big")" \
	"0 0o100600" chmod_without_the_limit_works
is "$(start "$TMP/rec") $(totals "$TMP/rec")" "$printed (6, 6, 0, 0, 0)" start_after_the_limit_hits
