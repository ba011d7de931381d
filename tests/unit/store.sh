#!/bin/bash
# SPDX-License-Identifier: MIT
#
# pycstat store, prune and verify: what they count, remove and find, on stores that are
# built here, also damaged and hostile ones.

. "$(dirname "$0")/../lib.sh"

export LC_ALL=C.UTF-8 TZ=UTC
unset COLUMNS XDG_RUNTIME_DIR
cd "$TMP" || exit 1
umask 077
check store_builder_compiles "${CC:-cc}" -std=gnu11 -D_GNU_SOURCE -I"$TOP/include" -o make_store \
	"$TOP/tests/golden/make_store.c" "$B/tests/all.a" || exit 1

# json FILE EXPRESSION: the value of a Python expression on the document `d`.
json() { helper -c 'import json, sys; d = json.load(open(sys.argv[1])); print(eval(sys.argv[2]))' "$1" "$2"; }

# run ARGUMENT...: pycstat store with these; sets status, out and err.
run() {
	clean_env PYCSHIM_RECORD=off "$PYCSTAT" store "$@" >out 2>err </dev/null
	status=$?
	out=$(cat out)
	err=$(cat err)
}

# code_of SOURCE CODE [OPTIMISATION]: compile with the first Python 3.6 or newer; prints its
# tag and magic number.
python=$(pythons | while read -r found; do
	"$found" -c 'import sys; sys.exit(sys.version_info < (3, 6))' 2>/dev/null && echo "$found" && break
done)
[ -n "$python" ] || skip_all "no Python 3.6 or newer"
code_of() {
	clean_env "$python" -I -S -c '
import importlib.util, marshal, sys
source, code, optimisation = sys.argv[1], sys.argv[2], int(sys.argv[3])
with open(source, "rb") as file:
    made = compile(file.read(), "/elsewhere/" + source, "exec", dont_inherit=True, optimize=optimisation)
with open(code, "wb") as file:
    file.write(marshal.dumps(made))
print(sys.implementation.cache_tag, int.from_bytes(importlib.util.MAGIC_NUMBER[:2], "little"))' "$1" "$2" "${3:-0}"
}

# --- usage -----------------------------------------------------------------------------

run
is "$status $err" "1 pycstat: no store: name its directory, or set PYCSHIM_STORE" store_not_named_says_so
PYCSHIM_STORE=off run
run /nonexistent
is "$status $err" "1 pycstat: /nonexistent: no store: no such file or directory" store_missing_says_so
: >file
run file
is "$status" 1 store_that_is_a_file_is_no_store
# refuses NAME REGEX ARGUMENT...
refuses() {
	local name=$1 regex=$2
	shift 2
	run "$@"
	is "$status" 64 "${name}_is_wrong_usage" "$err"
	like "$err" "$regex" "${name}_says_why"
}
refuses store_twice 'one store only' a b
refuses max_of_no_action "--max: goes with 'store prune'" --max 1G .
refuses max_of_verify "--max: goes with 'store prune'" verify --max 1G .
refuses max_of_no_size '--max much: not a size' prune --max much .
refuses unused_of_no_number '--unused-for x: not a number' prune --unused-for x .
refuses unused_of_nothing 'not a number of days' prune --unused-for 0 .
refuses sample_of_prune "--sample: goes with 'store verify'" prune --sample 3 .
refuses remove_of_prune "--remove: goes with 'store verify'" prune --remove .
refuses record_of_verify "--record: goes with 'store'" verify -o x .
clean_env "$PYCSTAT" summary --max 1G >out 2>err
is $? 64 max_of_another_command_is_wrong_usage

# --- listing ---------------------------------------------------------------------------

mkdir empty many
run empty
is "$status" 0 store_empty_is_listed
run --json empty
is "$(json out '(d["schema"], d["entries"], d["bytes"], d["max_bytes"], d["interpreters"], d["oldest_use"], d["saved_seconds"])')" \
	"('pycshim.store/1', 0, 0, 1073741824, [], None, 0.0)" store_empty_as_json_has_all_keys
./make_store many many 1000
size=$(stat -c %s many/??/* | head -n 1)
run --json many
is "$(json out '(d["directory"], d["entries"], d["bytes"], d["trusted"])')" \
	"('many', 1000, $((1000 * size)), True)" store_is_counted
is "$(json out 'd["interpreters"][0]["tag"], d["interpreters"][0]["magic"], d["interpreters"][0]["entries"], d["interpreters"][0]["bytes"]')" \
	"('cpython-312', 3531, 1000, $((1000 * size)))" store_is_counted_by_interpreter
is "$(json out 'd["oldest_use"]')" 1700000000.0 store_tells_its_oldest_use
run many
like "$out" '^Store many: 1,000 entries, 131 KiB .*of at most 1.00 GiB' store_as_text_tells_its_size
like "$out" '\(2023-11-14 22:13:20\)' store_as_text_tells_its_oldest_use
like "$out" 'cpython-312 +3531 +1,000' store_as_text_tells_its_interpreters
clean_env PYCSHIM_RECORD=off PYCSHIM_STORE="$TMP/many" PYCSHIM_STORE_MAX=2M "$PYCSTAT" store --json >out
is "$(json out '(d["directory"], d["max_bytes"])')" "('$TMP/many', 2097152)" store_of_the_variables_is_listed
clean_env XDG_RUNTIME_DIR="$TMP/home" "$PYCSTAT" store --json many >out 2>err
is "$?$(cat err)" 0 store_without_a_recording_is_silent
run -o /nonexistent/recording many
is "$status" 1 store_with_a_missing_recording_fails

# --- hostile names ---------------------------------------------------------------------

cp -a many hostile
first=$(cd hostile && echo ??/* | cut -d ' ' -f 1)
part=${first%%/*}
other=$part/${part}$(printf '%062d' 7).cpython-312.3531
ln -s /etc/passwd "hostile/$other"
mkfifo "hostile/${other%1}2"
mkdir "hostile/${other%1}3"
: >"hostile/$part/"$'\e]0;title\a'
truncate -s 100 "hostile/$part/.${other##*/}.12"
truncate -s 50 "hostile/$part/.${other##*/}.13"
touch -d '2 hours ago' "hostile/$part/.${other##*/}.13"
run --json hostile
is "$(json out '(d["entries"], d["unfinished"], d["unfinished_bytes"], d["others"])')" "(1000, 2, 150, 4)" \
	store_with_hostile_names_counts_entries_only
run hostile
like "$out" '2 unfinished entries, 150 B' unfinished_entries_are_told
like "$out" '4 other names are in it' other_names_are_told
timeout 100 "$PYCSTAT" store verify hostile >out 2>err
is $? 0 store_with_hostile_names_is_verified "$(cat err)"
mkdir loop && ln -s ../loop loop/00 && ln -s /dev loop/01 && mkfifo loop/02
run --json loop
is "$status $(json out '(d["entries"], d["others"])')" "0 (0, 3)" store_of_links_is_empty
chmod 777 empty
run --json empty
is "$status $(json out 'd["trusted"]')" "0 False" store_that_others_can_write_is_told
like "$err" 'somebody else owns .*or can write it: the library does not use it' store_that_others_can_write_warns
chmod 700 empty

# --- prune -----------------------------------------------------------------------------

run prune --dry-run --max $((400 * size)) --json hostile
is "$(json out '(d["removed"], d["entries"], d["bytes"], d["unfinished"], d["dry_run"])')" \
	"(600, 400, $((400 * size)), 1, True)" prune_dry_run_counts
is "$(find hostile -type f | wc -l) $([ -e hostile/sizes ] || echo none)" "1003 none" prune_dry_run_changes_nothing
run prune --max $((400 * size)) hostile
like "$out" '600 entries, .*removed' prune_tells_what_it_removed
like "$out" '400 entries are left' prune_tells_what_is_left
is "$(find hostile -name '*.3531' -type f -newermt @1700000599 | wc -l) $(find hostile -name '*.3531' -type f | wc -l)" \
	"400 400" prune_removes_what_was_used_longest_ago
is "$(find "hostile/$part" -name '.*' -type f | wc -l)" 1 prune_removes_old_unfinished_entries_only
is "$([ -L "hostile/$other" ] && [ -p "hostile/${other%1}2" ] && [ -d "hostile/${other%1}3" ] && echo there)" there \
	prune_leaves_other_things_alone
sizes() { helper -c 'import struct, sys; d = open(sys.argv[1], "rb").read(); print(len(d), sum(struct.unpack("<256Q", d)))' "$1"; }
is "$(sizes hostile/sizes)" "2048 $((400 * size))" prune_counts_the_sizes_anew
is "$(helper -c 'import struct; print(struct.unpack("<256Q", open("hostile/sizes", "rb").read())[int("'"$part"'", 16)])')" \
	"$(find "hostile/$part" -type f -name '[0-9a-f]*' -printf '%s\n' | awk '{s += $1} END {print s + 0}')" prune_counts_each_part
printf '\377%.0s' {1..2048} >hostile/sizes
run prune hostile
is "$status $(sizes hostile/sizes)" "0 2048 $((400 * size))" prune_corrects_wrong_sizes
rm hostile/sizes && ln -s /etc/passwd hostile/sizes
run prune hostile
is "$status" 1 prune_with_a_link_for_sizes_fails
is "$([ -L hostile/sizes ] && stat -c %s /etc/passwd)" "$(stat -c %s /etc/passwd)" prune_follows_no_link
cp -a many used
run prune --unused-for 1 --dry-run --json used
is "$(json out 'd["removed"]')" 1000 prune_finds_what_was_not_used
find used -name '*.3531' | head -n 10 | xargs touch
run prune --unused-for 1 --json used
is "$(json out '(d["removed"], d["entries"])')" "(990, 10)" prune_keeps_what_was_used
run prune --max 1 --json used
is "$(json out '(d["removed"], d["entries"], d["bytes"])')" "(10, 0, 0)" prune_may_remove_all

# Programs that use and fill the store meanwhile.
mkdir race && ./make_store race many 5000
(for _ in {1..20}; do ./make_store race many 300; done) &
started $!
failures=0
for _ in {1..20}; do
	clean_env "$PYCSTAT" store prune --max $((2000 * size)) race >/dev/null 2>>races || failures=$((failures + 1))
done
wait
is "$failures $(cat races)" "0 " prune_of_a_store_in_use_works
run verify race
is "$status" 0 prune_of_a_store_in_use_leaves_whole_entries "$out$err"
./make_store race many 5000
clean_env "$PYCSTAT" store prune --max 1 race >one 2>&1 & started $!
clean_env "$PYCSTAT" store prune --max 1 race >two 2>&1
is "$? $(grep -c cannot two)" "0 0" prune_twice_at_once_works
wait

# --- verify ----------------------------------------------------------------------------

mkdir store
printf 'def f(a, b=(1, 2.0, -0.0)):\n    assert a in {"x", "y", "z"}, __file__\n    return [c for c in b]\n' >one.py
printf 'VALUE = 1\n\nclass C:\n    "text"\n' >two.py
printf 'VALUE = 2\n\nclass C:\n    "text"\n' >three.py
read -r tag magic < <(code_of one.py one.code)
code_of two.py two.code >/dev/null
code_of three.py three.code >/dev/null
code_of one.py one.code1 1 >/dev/null
code_of two.py two.code2 2 >/dev/null
one=$(./make_store store "$TMP/one.py" "$tag" "$magic" one.code)
./make_store store "$TMP/one.py" "$tag.opt-1" "$magic" one.code1 >/dev/null
./make_store store "$TMP/two.py" "$tag.opt-2" "$magic" two.code2 >/dev/null
two=$(./make_store store "$TMP/two.py" "$tag" "$magic" two.code)
run verify --python "$python" --json store
is "$status $(json out '(d["checked"], d["compiled"], d["differing"], d["damaged"], d["problems"])')" \
	"0 (4, 4, 0, 0, [])" verify_of_a_right_store_compiles_the_same
before=$(find store -type f -printf '%p %T@ %C@\n')
run verify --python "$python" store
is "$(find store -type f -printf '%p %T@ %C@\n')" "$before" verify_is_no_use_of_an_entry

# each interpreter finds its own entries the same
for other in $PYTHONS; do
	"$other" -c 'import sys; sys.exit(sys.version_info < (3, 6))' 2>/dev/null || continue
	python=$other
	version=$("$other" -c 'import sys; print("%s-%d.%d" % ((sys.implementation.name,) + sys.version_info[:2]))')
	rm -rf each && mkdir each
	for source in argparse ast enum; do
		source=$(clean_env "$other" -I -c "import $source; print($source.__file__)")
		source=${source%c}
		read -r other_tag other_magic < <(code_of "$source" code)
		./make_store each "$source" "$other_tag" "$other_magic" code >/dev/null
	done
	run verify --python "$other" --json each
	is "$status $(json out '(d["compiled"], d["differing"])')" "0 (3, 0)" "verify_by_${version}_compiles_the_same" "$out"
done
python=${python:-$other}

# other code for the same source: a wrong constant, code of another optimisation, no code
rm -rf wrong && mkdir wrong
read -r tag magic < <(code_of one.py one.code)
code_of two.py two.code >/dev/null
code_of three.py three.code >/dev/null
code_of one.py one.code1 1 >/dev/null
good=$(./make_store wrong "$TMP/two.py" "$tag" "$magic" two.code)
constant=$(./make_store wrong "$TMP/three.py" "$tag" "$magic" two.code)
assertion=$(./make_store wrong "$TMP/one.py" "$tag" "$magic" one.code1)
nothing=$(./make_store wrong "$TMP/one.py" "$tag.opt-1" "$magic" -)
run verify --python "$python" --json wrong
is "$status $(json out '(d["compiled"], d["differing"])')" "1 (4, 3)" verify_finds_other_code
is "$(json out 'sorted(p["entry"] for p in d["problems"]) == sorted(["'"$constant"'", "'"$assertion"'", "'"$nothing"'"])')" True \
	verify_names_other_code
is "$(json out '{p["source"] for p in d["problems"] if p["entry"] == "'"$constant"'"}')" "{'$TMP/three.py'}" verify_tells_the_source
run verify --python "$python" wrong
like "$(tr -s ' \n' ' ' <out)" "$constant: differs: co_consts of '<module>': compiled from $TMP/three.py" verify_tells_what_differs
run verify --remove --python "$python" wrong
is "$status $(find wrong -name '*.[0-9]*' -type f)" "1 wrong/$good" verify_removes_other_code
run verify --python "$python" wrong
is "$status" 0 verify_after_removing_finds_nothing
is "$(cat two.py)" $'VALUE = 1\n\nclass C:\n    "text"' verify_leaves_sources_alone

# sources that changed or are gone, and interpreters that are not there
echo 'VALUE = 3' >two.py
./make_store wrong "$TMP/none.py" "$tag" 1 - >/dev/null 2>&1
./make_store wrong "$TMP/one.py" "$tag" 1 - >/dev/null
run verify --python "$python" --json wrong
is "$status $(json out '(d["checked"], d["compiled"], d["no_source"], d["no_interpreter"])')" "0 (2, 0, 1, 1)" \
	verify_compiles_what_it_can
run verify --python /bin/false --json wrong
is "$status $(json out 'd["no_interpreter"]')" "0 1" verify_with_no_python_compiles_nothing
printf '#!/bin/sh\ncat >/dev/null\necho "%s 1"\nexit 1\n' "$tag" >dies && chmod 755 dies
run verify --python "$TMP/dies" --json wrong
is "$status $(json out 'd["unknown"]')" "0 1" verify_with_a_python_that_ends_goes_on

# nothing of the source is run
printf 'import os\nos.mkdir("%s/ran")\n' "$TMP" >evil.py
code_of evil.py evil.code >/dev/null
./make_store wrong "$TMP/evil.py" "$tag" "$magic" evil.code >/dev/null
run verify --python "$python" wrong
is "$status $([ -e ran ] && echo ran)" "0 " verify_runs_no_code

# damaged entries
rm -rf damaged && cp -a store damaged
printf '\001' | dd of="damaged/$one" bs=1 seek=200 conv=notrunc status=none
run verify --json damaged
is "$status $(json out '(d["damaged"], d["problems"][0]["entry"], d["problems"][0]["why"])')" \
	"1 (1, '$one', 'its length or its checksum is wrong')" verify_finds_a_changed_byte
cp "store/$two" "damaged/$one"
run verify --json damaged
is "$status $(json out 'd["problems"][0]["why"]')" "1 its name is that of another entry" verify_finds_a_name_that_lies
for bytes in 0 50 119 130 $(($(stat -c %s "store/$one") - 1)); do
	head -c "$bytes" "store/$one" >"damaged/$one"
	run verify damaged
	is "$status $(grep -c '^ *damaged: it' out)" "1 1" "verify_finds_an_entry_cut_at_$bytes" "$out"
done
truncate -s 1T "damaged/$one"
run verify --json damaged
is "$status $(json out 'd["problems"][0]["why"]')" "1 it is larger than an entry can be" verify_finds_an_entry_that_is_huge
chmod 666 "damaged/$two"
run verify --remove --json damaged
is "$status $(json out '(d["damaged"], d["untrusted"], d["removed"])') $(ls "damaged/$one" "damaged/$two" 2>/dev/null)" \
	"1 (1, 1, 2) " verify_removes_what_is_damaged_or_not_trusted
run verify --sample 1 --json store
is "$(json out 'd["checked"]')" 1 verify_of_a_sample_checks_only_that
run verify --sample 0 --json store
is "$(json out 'd["checked"]')" 4 verify_of_sample_0_checks_all
