#!/bin/bash
# SPDX-License-Identifier: MIT
# A store that is damaged, hostile, full or not ours: the program runs as without it, and no
# wrong code runs.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/store.bash"

python=$(pythons3 | while read -r python; do py_info "$python" && [ "$py_kind" = cpython ] && echo "$python" && break; done)
[ -n "$python" ] || skip_all "no CPython 3.6 or newer"
py_info "$python"
run_m='import sys; sys.path.insert(0, sys.argv[1]); import m; print(m.number)'

# start [NAME=VALUE...]: import m from a new tree, whose m.py has $number; standard error
# follows the output
number=1
start() {
	rm -rf "$TMP/app" "$TMP/recording" && make_tree "$TMP/app"
	sed -i "s/number = 1/number = $number/" "$TMP/app/m.py"
	stored "$@" "$python" "${py_flags[@]}" -c "$run_m" "$TMP/app" 2>&1
}
entries() { find "$STORE" -type f -name "*.$py_tag*.$py_magic"; }
fill() { rm -rf "$STORE" && start >/dev/null && entry=$(entries) && cp "$entry" "$TMP/entry"; }

# --- the directory ---------------------------------------------------------------------

# refused NAME REGEX [NAME=VALUE...]: the program runs, and one line says why
refused() {
	local name=$1 regex=$2 out
	shift 2
	out=$(start "$@")
	is "$(tail -n 1 <<<"$out")" "$number" "${name}_lets_the_program_run"
	like "$(head -n 1 <<<"$out")" "$regex" "${name}_says_why"
	is "$(wc -l <<<"$out")" 2 "${name}_says_one_line" "$out"
	is "$(counted reused)" "[0]" "${name}_answers_nothing"
}

fill && chmod 777 "$STORE"
refused store_that_others_can_write 'PYCSHIM_STORE=.*writable by others'
chmod 775 "$STORE"
refused store_that_a_group_can_write 'PYCSHIM_STORE=.*writable by others'
mv "$STORE" "$TMP/real" && chmod 755 "$TMP/real"
mkdir "$TMP/open" && chmod 777 "$TMP/open" && ln -s "$TMP/real" "$TMP/open/link"
refused store_that_is_a_link 'PYCSHIM_STORE=.*symbolic link' PYCSHIM_STORE="$TMP/open/link"
: >"$TMP/file"
refused store_that_is_a_file 'PYCSHIM_STORE=.*not a directory' PYCSHIM_STORE="$TMP/file"
mkfifo "$TMP/fifo"
refused store_that_is_a_fifo 'PYCSHIM_STORE=.*not a directory' PYCSHIM_STORE="$TMP/fifo"
refused store_in_a_file 'PYCSHIM_STORE=.*not a directory' PYCSHIM_STORE="$TMP/file/store"
mv "$TMP/real" "$STORE"
if is_root; then
	chown 12345 "$STORE"
	refused store_of_another_user 'PYCSHIM_STORE=.*made by somebody else'
	chown 0 "$STORE"
	# root has filled it; a user who can only read it uses it, and puts nothing into it
	rm -rf "$TMP/app" && make_tree "$TMP/app" && chmod -R a+rX "$TMP/app" "$STORE" && mkdir -m 777 "$TMP/recordings"
	before=$(find "$STORE" | sort)
	out=$(unprivileged env -i PATH="$SYSTEM_PATH" LD_PRELOAD="$LIB" PYCSHIM_STORE="$STORE" PYCSHIM_RECORD="$TMP/recordings/r" \
		PYCSHIM_ONLY="$TMP" "$python" "${py_flags[@]}" -c "$run_m; import pkg.a" "$TMP/app" 2>&1)
	is "$out" 1 store_of_root_lets_a_user_run_silently
	is "$(stat_json "$TMP/recordings/r" summary 'd["totals"]["reused"], d["totals"]["compiled"]')" "(1, 2)" store_of_root_answers_a_user
	is "$(find "$STORE" | sort)" "$before" store_of_root_is_not_changed_by_a_user
	# a user owns entries of a store of root's: they are not root's code
	fill && chown 12345 "$entry"
	is "$(start) $(counted reused compiled)" "1 [0, 1]" entry_of_another_user_is_not_used
	fill && chown 12345 "$(dirname "$entry")" && chmod 755 "$(dirname "$entry")"
	is "$(start) $(counted reused compiled)" "1 [0, 1]" entry_in_a_directory_of_another_user_is_not_used
	# root has run the program once, so half of the parts of a user's store are root's
	rm -rf "$STORE" "$TMP/app" && make_tree "$TMP/app" && mkdir "$STORE" "$TMP/many"
	for ((i = 0; i < 32; i++)); do echo "v = $i" >"$TMP/many/s$i.py"; done
	chown -R 65534 "$STORE" "$TMP/many"
	import_many() {
		rm -rf "$TMP/many/__pycache__"
		unprivileged env -i PATH="$SYSTEM_PATH" LD_PRELOAD="$LIB" PYCSHIM_STORE="$STORE" PYCSHIM_RECORD=off "$python" "${py_flags[@]}" \
			-c 'import sys; sys.path.insert(0, sys.argv[1]); [__import__("s%d" % i) for i in range(32)]' "$TMP/many" 2>&1
	}
	parts() { find "$STORE" -path "$1" -type f | wc -l; }
	out=$(import_many)
	all=$(parts "$STORE/[8-9a-f]?/*")
	rm -rf "${STORE:?}"/*
	mkdir -m 755 "$STORE"/{0,1,2,3,4,5,6,7}{0,1,2,3,4,5,6,7,8,9,a,b,c,d,e,f}
	out+=$(import_many)
	is "$out $(parts "$STORE/[0-7]?/*") $(parts "$STORE/[8-9a-f]?/*")" " 0 $all" parts_that_are_not_ours_keep_nothing_out_of_the_others
	check parts_are_both test "$all" -gt 0 -a "$all" -lt 32
else
	skip "not root" store_of_another_user
fi
if [ -n "$CAN_MOUNT" ]; then
	fill
	before=$(find "$STORE" -printf '%p %s\n' | sort)
	rm -rf "$TMP/app" "$TMP/recording" && make_tree "$TMP/app"
	out=$(readonly_mount "$STORE" env -i PATH="$SYSTEM_PATH" LD_PRELOAD="$LIB" PYCSHIM_STORE="$STORE" PYCSHIM_RECORD="$TMP/recording" \
		PYCSHIM_ONLY="$TMP" "$python" "${py_flags[@]}" -c "$run_m; import pkg.a" "$TMP/app" 2>&1)
	is "$out $(counted reused compiled)" "1 [1, 2]" store_that_is_read_only_answers
	is "$(find "$STORE" -printf '%p %s\n' | sort)" "$before" store_that_is_read_only_stays
fi

# --- the entries -----------------------------------------------------------------------

# unused NAME: the entry was changed; the module is compiled
unused() {
	is "$(timeout 100 cat <(start)) $(counted reused compiled)" "$number [0, 1]" "$1_is_not_used"
}

fill
is "$(start) $(counted reused compiled)" "1 [1, 0]" entry_that_is_whole_is_used
fill && truncate -s -1 "$entry" && unused entry_cut_short
is "$(start) $(counted reused compiled)" "1 [1, 0]" entry_cut_short_is_made_anew
fill && truncate -s 0 "$entry" && unused entry_that_is_empty
fill && truncate -s 100 "$entry" && unused entry_with_half_a_header
fill && echo >>"$entry" && unused entry_with_more_behind_it
fill && truncate -s 3M "$entry" && unused entry_of_many_bytes
fill && helper -c 'import sys
with open(sys.argv[1], "r+b") as file:
    file.seek(-20, 2); byte = file.read(1); file.seek(-20, 2); file.write(bytes([byte[0] ^ 1]))' "$entry" && unused entry_with_a_changed_byte
fill && chmod 666 "$entry" && unused entry_that_others_can_write
fill && chmod 777 "$(dirname "$entry")" && unused entry_in_a_directory_that_others_can_write
fill && rm "$entry" && ln -s "$TMP/entry" "$entry" && unused entry_that_is_a_link
fill && rm "$entry" && mkfifo "$entry" && unused entry_that_is_a_fifo
fill && rm "$entry" && mkdir "$entry" && unused entry_that_is_a_directory
fill && mv "$(dirname "$entry")" "$TMP/part" && ln -s "$TMP/part" "$(dirname "$entry")" && unused entry_behind_a_link
rm -rf "$TMP/part"
# another module's entry under this name
fill && saved=$TMP/entry.1 && cp "$entry" "$saved"
number=2 && fill && cp "$saved" "$entry" && unused entry_under_the_name_of_another
number=1

# --- nothing without it ----------------------------------------------------------------

# everything that a start leaves on the disk and says, without a store and with it off
left() { (cd "$TMP/app" && find . -printf '%P %m %s\n' | sort) && find "$TMP/home" -mindepth 1; }
rm -rf "$STORE"
start PYCSHIM_STORE='' >"$TMP/unset.out" && left >"$TMP/unset"
start PYCSHIM_STORE=off >"$TMP/off.out" && left >"$TMP/off"
same store_off_leaves_what_none_leaves "$TMP/off" "$TMP/unset"
same store_off_says_what_none_says "$TMP/off.out" "$TMP/unset.out"
is "$([ -e "$STORE" ] && echo made)" "" store_off_is_not_made

# --- other compilers' tags ---------------------------------------------------------------

rm -rf "$STORE" "$TMP/app" && make_tree "$TMP/app"
stored "$python" "${py_flags[@]}" -c 'import sys, importlib.machinery, importlib.util
sys.path.insert(0, sys.argv[1])
real = importlib.util.cache_from_source
import importlib._bootstrap_external as external
external.cache_from_source = lambda path, *rest, **more: real(path, optimization="typeguard1")
class Loader(importlib.machinery.SourceFileLoader):
    pass
import m, pkg.b' "$TMP/app"
is "$(find "$TMP/app" -name '*.opt-typeguard1.pyc' | wc -l) $(find "$STORE" -type f -name "*$py_magic" 2>/dev/null | wc -l)" "4 0" \
	tag_of_a_rewriter_is_not_stored
if clean_env /usr/bin/python3 -s -c 'import pytest' 2>/dev/null; then
	rm -rf "$STORE" "$TMP/app" && make_tree "$TMP/app"
	printf 'import m\ndef test_m():\n    assert m.number == 1\n' >"$TMP/app/test_m.py"
	out=$(stored PYTHONPATH="$TMP/app" /usr/bin/python3 -s -m pytest -q -p no:cacheprovider "$TMP/app" 2>&1)
	like "$out" '1 passed' pytest_passes_with_a_store
	is "$(find "$TMP/app" -name 'test_m*pytest*.pyc' | wc -l) $(find "$STORE" -type f -name '*pytest*' | wc -l)" "1 0" pytest_is_not_stored
	is "$(grep -rl test_m.py "$STORE" | wc -l)" 0 pytest_rewritten_source_is_not_stored
fi

# --- its size --------------------------------------------------------------------------

# each source is another; used is a time, hours ago
rm -rf "$STORE"
big() { for number in "$@"; do start PYCSHIM_STORE_MAX=100K >/dev/null; done; }
make_tree() {
	mkdir -p "$1"
	helper -c 'import sys; open(sys.argv[1], "w").write("number = 1\ntext = %r\n" % ("x" * 20000))' "$1/m.py"
}
big 1 2 3 4
for file in $(entries); do touch -d '2 hours ago' "$file"; done
number=2 && start PYCSHIM_STORE_MAX=100K >/dev/null
is "$(counted reused)" "[1]" entry_is_used_before_the_limit
big 5 6
for number in 2 5 6; do
	is "$(start PYCSHIM_STORE_MAX=100K PYTHONDONTWRITEBYTECODE=1) $(counted reused)" "$number [1]" "entry_${number}_used_lately_stays"
done
is "$(find "$STORE" -type f -name "*.$py_magic" -printf '%s\n' | awk '{ sum += $1 } END { print sum <= 102400 }')" 1 store_stays_within_its_limit

# --- writers that are killed, and a full disk -------------------------------------------

unset -f make_tree
. "$(dirname "$0")/store.bash"
number=1
whole() { # all entries are whole
	"$PYCSTAT" store verify --sample 0 --json "$STORE" 2>&1 | helper -c 'import json, sys; d = json.load(sys.stdin); print(d["damaged"])'
}
rm -rf "$STORE"
for ((i = 0; i < 40; i++)); do
	rm -rf "$TMP/app" && make_tree "$TMP/app"
	begin stored "$python" "${py_flags[@]}" -m compileall -q "$TMP/app"
	helper -c 'import sys, time; time.sleep(float(sys.argv[1]))' "0.$(printf %03d $((i * 5)))"
	kill -KILL "$begun" 2>/dev/null
	wait "$begun" 2>/dev/null
done
is "$(whole)" 0 store_of_killed_writers_has_whole_entries_only
if [ -n "$CAN_MOUNT" ]; then
	rm -rf "$STORE" "$TMP/app" && mkdir "$STORE" && make_tree "$TMP/app"
	for ((i = 0; i < 30; i++)); do helper -c 'import sys; print("value = %r" % (sys.argv[1] * 3000))' "$i" >"$TMP/app/n$i.py"; done
	# shellcheck disable=SC2016 # for the inner shell
	out=$(PYCSHIM_STORE=$STORE PYCSHIM_RECORD=off small_tmpfs 64k "$STORE" sh -c 'chmod 755 "$PYCSHIM_STORE"
LD_PRELOAD=$0 "$@" 2>&1; echo $?; env -u PYCSHIM_STORE "$PYCSTAT" store verify --sample 0 --json "$PYCSHIM_STORE"; ls -A "$PYCSHIM_STORE"/*/' \
		"$LIB" "$python" "${py_flags[@]}" -m compileall -q "$TMP/app" 2>&1)
	is "$(head -n 1 <<<"$out")" 0 disk_that_is_full_lets_the_program_run "$out"
	like "$out" '"damaged": *0' disk_that_is_full_has_whole_entries_only
	is "$(find "$TMP/app" -name '*.pyc' | wc -l)" 34 disk_that_is_full_costs_no_pyc
fi

# --- a limit on the sizes of files -----------------------------------------------------

# An entry is longer than its pyc.  A program that does not ignore SIGXFSZ, as one that has a
# Python in it, must not be ended by an entry that passes the limit.
cat >"$TMP/limited.py" <<'END_OF_PROGRAM'
import os, resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
sys.path.insert(0, sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]),) * 2)
import m
print(m.number)
END_OF_PROGRAM
fill
size=$(stat -c %s "$(find "$TMP/app" -name 'm.*.pyc')")
for more in 0 20; do
	rm -rf "$STORE" "$TMP/app" && make_tree "$TMP/app"
	is "$(stored PYCSHIM_RECORD=off "$python" "${py_flags[@]}" "$TMP/limited.py" "$TMP/app" $((size + more)) 2>&1)" 1 		"limit_of_the_pyc_and_${more}_bytes_does_not_end_the_filling_program"
	fill
	rm -rf "$TMP/app" && make_tree "$TMP/app"
	is "$(stored PYCSHIM_RECORD=off "$python" "${py_flags[@]}" -B "$TMP/limited.py" "$TMP/app" "$more" 2>&1)" 1 		"limit_of_${more}_bytes_does_not_end_the_reading_program"
done

# --- many at once ------------------------------------------------------------------------

rm -rf "$STORE" "$TMP/many" "$TMP/recording"
for ((i = 0; i < 64; i++)); do make_tree "$TMP/many/$i"; done
pids=()
for ((i = 0; i < 64; i++)); do
	EXEC='exec' stored "$python" "${py_flags[@]}" -c "$(program "$TMP/many/$i")" >"$TMP/many/$i.out" 2>&1 &
	pids+=($!)
done
wait "${pids[@]}"
wrong=0
for ((i = 0; i < 64; i++)); do [ "$(cat "$TMP/many/$i.out")" = "$(told "$TMP/many/$i" doc)" ] || wrong=$((wrong + 1)); done
is "$wrong" 0 many_at_once_run_right
is "$(entries | wc -l) $(find "$STORE" -name '.*.*' | wc -l)" "4 0" many_at_once_make_each_entry_once
is "$(whole)" 0 many_at_once_have_whole_entries_only
is "$(counted lookups)" "[256]" many_at_once_look_each_up
