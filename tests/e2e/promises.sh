#!/bin/bash
# SPDX-License-Identifier: MIT
# Advice keeps its promises: the test follows the advice and measures the next start.

. "$(dirname "$0")/../lib.sh"

can_mount || skip_all "no mounts here"
cd "$TMP" || exit 1

# A program with two packages and single files, copied from the standard library.  One of
# the packages is never imported, nor are some modules of the other.
make_app() {
	rm -rf app
	mkdir -p app/shop/orders app/unused
	library=$(clean_env "$python" -S -c 'import os; print(os.path.dirname(os.__file__))')
	while read -r from to; do cp "$library/$from" "app/$to"; done <<-'FILES'
		argparse.py shop/a.py
		textwrap.py shop/b.py
		tarfile.py shop/orders/c.py
		pdb.py shop/never.py
		difflib.py shop/never2.py
		mailbox.py shop/orders/never3.py
		optparse.py alone.py
		calendar.py unused/x.py
	FILES
	touch -d '2019-01-01' app/*.py app/*/*.py app/*/*/*.py
	: >app/shop/__init__.py
	: >app/shop/orders/__init__.py
	: >app/unused/__init__.py
	echo 'import shop.a, shop.b, shop.orders.c, alone' >app/main.py
}

# start COMMAND...: record one start of the program
start() { "${around[@]}" env -i PATH="$SYSTEM_PATH" LD_PRELOAD="$LIB" PYCSHIM_RECORD="$TMP/rec" PYTHONPATH="$TMP/app" "$@"; }
program=(-S -c 'import main')

# of_advice CODE KEY: print a value of the advice CODE; "None" if there is no such advice
of_advice() { stat_json "$TMP/rec" summary "([a.get('$2') for a in d['advice'] if a['code'] == '$1'] or ['None'])[0]"; }
blocks() { find "$@" -name '*.pyc' -printf '%s\n' | awk '{ sum += int(($1 + 4095) / 4096) * 4096 } END { print sum + 0 }'; }
caches() { find "$@" -name __pycache__ | wc -l; }

# follow COMMAND: a shell runs the command as it was printed
follow() { env -i PATH="$SYSTEM_PATH" sh -c "$1"; }

# compiled_after: record another start, and print how many modules of the program it
# compiles
compiled_after() {
	rm -f rec
	start "$python" "${program[@]}"
	stat_json rec modules "sum(m['compiled'] for m in d['modules'] if '/app/' in m['source'])"
}

for python in $(pythons); do
	py_info "$python"
	make_app
	rm -f rec
	around=(readonly_mount "$TMP/app")
	for ((i = 0; i < 5; i++)); do start "$python" "${program[@]}"; done
	is "$(stat_json rec summary .starts) $(of_advice compileall starts)" "5 5" "${py_name}_five_starts_are_counted"
	check "${py_name}_promise_is_of_one_start" test "$(stat_json rec summary "
abs(sum(a['saves_seconds'] for a in d['advice'] if a['code'] == 'compileall') * 5 / d['totals']['compile_seconds'] - 1) < 0.2")" = true
	check "${py_name}_all_advice_saves_no_more_than_one_start_takes" test "$(stat_json rec summary "
d['all_advice']['saves_seconds'] <= d['totals']['compile_seconds'] / 5 * 1.01")" = true
	command=$(of_advice compileall command)
	like "$command" " $TMP/app/shop( |\$)" "${py_name}_command_names_the_package"
	told=$(of_advice compileall costs_bytes)
	follow "$command"
	made=$(($(blocks app) + 4096 * $(caches app)))
	check "${py_name}_command_makes_about_what_is_told" helper -c '
import sys
told, made = map(int, sys.argv[1:])
assert 0.85 * made < told < 1.15 * made, (told, made)' "$told" "$made"
	is "$(find app/unused -name '*.pyc')" "" "${py_name}_command_leaves_other_packages_alone"
	is "$(compiled_after)" 0 "${py_name}_after_the_command_nothing_is_compiled"

	# the sources get a clamped time, as archives have it, which the pycs do not have
	[ "$py_major" = 3 ] || continue
	find app -name '*.py' -exec touch -d '1980-01-01 00:00:00 UTC' {} +
	is "$(compiled_after)" 7 "${py_name}_clamped_times_make_pycs_stale"
	[ "$py_minor" -ge 7 ] || continue
	command=$(of_advice compileall command)
	like "$command" '-f --invalidation-mode unchecked-hash' "${py_name}_clamped_times_need_pycs_that_do_not_depend_on_them"
	is "$(of_advice compileall costs_bytes)" 0 "${py_name}_stale_pycs_are_no_growth"
	like "$(of_advice stale text)" '1980-01-01' "${py_name}_clamped_times_are_told"
	is "$(of_advice stale command)" "$command" "${py_name}_clamped_times_have_a_command"
	follow "$command"
	find app -name '*.py' -exec touch -d '1980-01-01 00:00:00 UTC' {} +
	is "$(compiled_after)" 0 "${py_name}_clamped_times_matter_no_more"
done
python=$(python3_path)
py_info "$python"

# With -B the advice gives a range; it contains the cost measured without -B.  In turns, because
# CPU time is longer while others share the processor.
make_app
around=()
turns=()
for _ in 1 2 3; do
	rm -f rec
	find app -name __pycache__ -exec rm -r {} +
	start "$python" -B "${program[@]}"
	turns+=("$(of_advice dontwritebytecode saves_low)" "$(of_advice dontwritebytecode saves_high)")
	rm -f rec
	start "$python" "${program[@]}"
	turns+=("$(stat_json rec summary .totals.compile_seconds)")
done
check dash_b_range_holds_the_measured_cost helper -c 'import sys
turns = list(map(float, sys.argv[1:]))
low, high, exact = (sorted(turns[which::3])[1] for which in range(3))  # medians
assert 0 < low <= exact * 1.3 and exact * 0.7 <= high, (low, exact, high)' "${turns[@]}"
rm -rf rec
find app -name __pycache__ -exec rm -r {} +
around=(readonly_mount "$TMP/app")
start "$python" -B "${program[@]}"
like "$(of_advice dontwritebytecode text)" 'Without that setting nothing would be kept either' \
	dash_b_on_a_read_only_file_system_is_not_the_reason
is "$(of_advice dontwritebytecode saves_seconds)" 0.0 dash_b_on_a_read_only_file_system_promises_nothing

# Pycs are kept, but compiled again, because the sources get new times before each start.
around=()
rm -f rec
for ((i = 1; i < 4; i++)); do
	find app -name '*.py' -exec touch -d "2020-01-0$i" {} +
	start "$python" "${program[@]}"
done
like "$(of_advice recompiled text)" "modules were compiled again in 2 starts although .* modification time differs" \
	touching_sources_is_told
is "$(of_advice recompiled starts)" 2 touching_sources_costs_the_later_starts
follow "$(of_advice recompiled command)"
find app -name '*.py' -exec touch -d "2020-01-09" {} +
is "$(compiled_after)" 0 touching_sources_matters_no_more

# A truncated pyc is put into place, as by CPython without the fix of gh-126606.
make_app
rm -f rec
cat >cut.py <<'PY'
import os, sys
sys.path.insert(0, "app")
import importlib._bootstrap_external as external
def write(path, data, mode=0o666):
    temporary = "%s.%d" % (path, id(path))
    fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
    os.write(fd, data[:1000])
    os.close(fd)
    os.rename(temporary, path)
external._write_atomic = write
import shop.a
PY
start "$python" -S cut.py
rm -f rec
start "$python" "${program[@]}" 2>err
like "$(tail -n 1 err)" 'EOFError|marshal' damaged_pyc_ends_a_later_start
like "$("$PYCSTAT" rec | tr -s '\n ' ' ')" 'damaged: Delete ' damaged_pyc_is_told
like "$("$PYCSTAT" why shop.a rec | tr -s '\n ' ' ')" 'damaged.*rm -f ' damaged_pyc_is_told_in_its_story
follow "$(of_advice damaged command)"
check damaged_pyc_that_is_deleted_ends_no_start start "$python" "${program[@]}"
