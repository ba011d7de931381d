#!/bin/bash
# SPDX-License-Identifier: MIT
#
# pycstat image --measure: the image's own interpreter compiles a sample of the sources, also
# in another root, where it has no privileges; where it cannot, that is said.

. "$(dirname "$0")/../lib.sh"

cd "$TMP" || exit 1

# of EXPRESSION: a value of the JSON in the file json
of() { helper -c 'import json, sys; d = json.load(open("json")); i = d["interpreters"][0] if d["interpreters"] else {}; print(eval(sys.argv[1]))' "$1"; }

# sources DIRECTORY KIND: ten modules of 64 KiB, of comments or of code
sources() {
	mkdir -p "$1"
	helper -c '
import sys
line = "# %60d\n" if sys.argv[2] == "comments" else "v%d = [a.b(c)[d] for a in e if f]; g(h, i)\n"
for module in range(10):
    with open("%s/m%d.py" % (sys.argv[1], module), "w") as file:
        while file.tell() < 65536:
            file.write(line % file.tell())' "$1" "$2"
}

sources app/cheap comments
sources app/dear code
cp -r app/dear app/broken
for module in 0 1 2 3 4; do echo 'def (' >app/broken/m$module.py; done

# --- each interpreter that is found by its name --------------------------------------------

while read -r python; do
	case $(basename "$python") in
	python[23].* | pypy3.*) ;;
	*) continue ;;
	esac
	py_info "$python"
	mkdir -p "$py_name"
	for tree in cheap dear broken; do
		clean_env "$PYCSTAT" image --json --measure --workers 3 "app/$tree" "$(dirname "$python")" >json 2>"$py_name/err"
		cp json "$py_name/$tree"
		is "$(cat "$py_name/err")" "" "measure_by_${py_name}_of_${tree}_is_silent"
		read -r "${tree?}" < <(of "sum(p['compile_seconds'] for p in d['packages'] if p['package'] == '$tree')")
	done
	# shellcheck disable=SC2154 # read has set them
	is "$(helper -c "print($dear > 10 * $cheap > 0)")" True \
		"measure_by_${py_name}_tells_dear_sources_from_cheap_ones" "dear $dear, cheap $cheap"
	clean_env "$python" "${py_flags[@]}" -B -c '
import marshal, time
clock = getattr(time, "process_time", None) or time.clock
sources = [open("app/dear/m%d.py" % module, "rb").read() for module in range(10)]
begin = clock()
for source in sources:
    marshal.dumps(compile(source, "m.py", "exec", 0, True))
print(clock() - begin)' >took
	is "$(helper -c "print(0.4 < $dear / $(cat took) < 2.5)")" True \
		"measure_by_${py_name}_is_what_compiling_takes" "told $dear, took $(cat took)"
	cp "$py_name/dear" json
	is "$(of "i['cost_from'], i['measured_sources'] >= 10, d['workers'], abs(i['workers_seconds'] - 3 * i['compile_seconds']) < 1e-6")" \
		"('measured', True, 3, True)" "measure_by_${py_name}_says_what_was_measured"
	cp "$py_name/broken" json
	is "$(of "i['measured_sources'] >= 5 and 0.5 < i['measured_bytes'] / 65536 / 5")" True \
		"measure_by_${py_name}_leaves_out_what_does_not_compile" "$(cat json)"
done < <(pythons)

# --- programs that are no such interpreter --------------------------------------------------

# fake NAME: make own/bin/NAME from standard input
fake() {
	mkdir -p own/bin
	rm -f own/bin/*
	cat >"own/bin/$1"
	chmod 755 "own/bin/$1"
}

measure() { timeout 100 "$PYCSTAT" image --json --measure "$@" >json 2>err; }

echo 'no program' | fake python3.11
measure app/dear own/bin
is "$?:$(of "i['cost_from'], round(i['compile_seconds'], 2)")" "0:('size', 0.12)" measure_without_an_interpreter_that_runs_estimates
like "$(cat err)" "^pycstat: cpython-311: not measured, so its cost is an estimate: own/bin/python3.11 does not run here \(cannot run: [^)]*\)$" \
	measure_says_in_one_line_that_the_interpreter_does_not_run
is "$(wc -l <err)" 1 measure_says_it_once
like "$("$PYCSTAT" image app/dear own/bin | tr -s ' \n' ' ')" "COMPILE is an estimate .*--measure" image_without_measure_names_it

fake python3.11 <<<$'#!/bin/sh\necho cpython-399'
measure app/dear own/bin
like "$(cat err)" "is another one, cpython-399$" measure_refuses_another_interpreter
fake python3.11 <<<$'#!/bin/sh\nprintf "a\\033[31m\\n"'
measure app/dear own/bin
like "$(cat err)" 'is another one, a\\x1b\[31m$' measure_escapes_what_the_interpreter_says
rm own/bin/*
mkdir -p lib/python3.11
echo 'x = 1' >lib/python3.11/m.py
measure app/dear lib
like "$(cat err)" "its interpreter was not found$" measure_without_an_interpreter_says_so

fake python3.11 <<<$'#!/bin/sh\ntouch '"$TMP"$'/ran\necho cpython-311'
chmod 777 own/bin/python3.11
measure app/dear own/bin
is "$(of "i['cost_from']"):$(echo ran*)" "size:ran*" measure_does_not_run_what_anybody_can_write
like "$(cat err)" "own/bin/python3.11 is not run, because others own it or can replace it$" measure_says_what_it_does_not_run
chmod 755 own/bin/python3.11
chmod 777 own/bin
measure app/dear own/bin
is "$(echo ran*)" "ran*" measure_does_not_run_what_anybody_can_replace
chmod 755 own/bin
if is_root; then
	chown 65534 own/bin/python3.11
	measure app/dear own/bin
	is "$(echo ran*)" "ran*" measure_does_not_run_the_program_of_another_user
	chown 0 own/bin/python3.11
fi
measure app/dear own/bin
check measure_runs_a_program_of_this_user test -e ran
"$PYCSTAT" image app/dear own/bin >text
rm ran
is "$("$PYCSTAT" image app/dear own/bin >text 2>&1; echo ran*)" "ran*" image_without_measure_runs_nothing

# --- progress, on a terminal only -------------------------------------------------------------

fake python3.11 <<END2
#!$(python3_path)
import os, struct, time
os.write(1, b"cpython-311\n")
while True:
    head = os.read(3, 4)
    if len(head) < 4:
        break
    left = struct.unpack("=I", head)[0]
    while left:
        left -= len(os.read(3, left))
    time.sleep(0.25)
    os.write(1, b"1000000\n")
END2
helper -c '
import os, pty, sys
leader, follower = pty.openpty()
pid = os.fork()
if pid == 0:
    os.dup2(follower, 2)
    os.dup2(os.open("text", os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 1)
    os.execv(sys.argv[1], sys.argv[1:])
os.close(follower)
seen = b""
try:
    while True:
        seen += os.read(leader, 4096)
except OSError:
    pass
os.waitpid(pid, 0)
sys.stdout.write(repr(seen))' "$PYCSTAT" image --measure app/dear own/bin >seen
like "$(cat seen)" 'compiling a sample: [0-9]+ % of 10 sources' measure_shows_progress_on_a_terminal
like "$(cat seen)" "\\\\r\\\\x1b\[K'$" measure_erases_its_progress
measure app/dear own/bin
is "$(cat err):$(of "i['cost_from'], i['measured_seconds']")" ":('measured', 0.01)" measure_shows_no_progress_in_a_file
like "$("$PYCSTAT" image --measure --workers 2 app/dear own/bin | tr -s ' \n' ' ')" \
	"save 10.0 ms of CPU \(measured\) at a start that imports all of it, and 20.0 ms at one of 2 workers" measure_marks_what_was_measured

# --- another root -----------------------------------------------------------------------------

# make_root PYTHON: a root with this interpreter, the libraries that it needs, and app/dear
make_root() {
	local file library
	rm -rf root
	mkdir -p root/usr/bin root/app
	library=$(clean_env "$1" -I -S -c 'import os; print(os.path.dirname(os.__file__))')
	mkdir -p "root/usr/lib"
	cp -r "$library" "root/usr/lib/"
	rm -rf "root/usr/lib/$(basename "$library")"/{test,idlelib,lib2to3,site-packages,config-*}
	cp "$1" root/usr/bin/
	for file in $(ldd "$1" | grep -o '/[^ ]*'); do
		mkdir -p "root/$(dirname "$file")"
		cp -L "$file" "root/$file"
	done
	cp -r app/dear root/app/
	chmod -R a+rX,go-w root
}

fake python3.11 </dev/null
python=$(python3_path)
make_root "$python"
"$PYCSTAT" image --json --root root --measure /app /usr/bin >json 2>err
if is_root; then
	is "$(cat err):$(of "i['cost_from'], i['measured_sources']")" ":('measured', 10)" measure_in_a_root_runs_its_interpreter
fi
tag=$(of "i['tag']") program=root$(of "i['executable']")
# which user it is there, what it may do, and whether it got a descriptor
cat >"$program" <<END2
#!/usr/bin/real -IS
import os, sys
def is_open(fd):
    try:
        return bool(os.fstat(fd))
    except OSError:
        return False
os.write(1, b"!%d %d %d %s\n" % (os.getuid(), len(os.listdir("/")), sum(is_open(fd) for fd in range(5, 64)), b"$tag"))
END2
cp "$python" root/usr/bin/real
"$PYCSTAT" image --json --root root --measure /app /usr/bin >json 2>err 7</
if ! is_root; then
	skip "not root" measure_in_a_root_is_nobody_in_that_root
else
	like "$(cat err)" "\(65534 $(find root -mindepth 1 -maxdepth 1 | wc -l) 0 $tag\)$" measure_in_a_root_is_nobody_in_that_root
fi

make_root "$python"
if unprivileged unshare -U true 2>/dev/null; then
	unprivileged "$PYCSTAT" image --json --root root --measure /app /usr/bin >json 2>err
	is "$(cat err):$(of "i['cost_from'], i['measured_sources']")" ":('measured', 10)" measure_in_a_root_needs_no_privileges
else
	skip "no user namespaces" measure_in_a_root_needs_no_privileges
fi
echo 'no program' >"$program"
"$PYCSTAT" image --json --root root --measure /app /usr/bin >json 2>err
is "$?:$(of "i['cost_from']"):$(wc -l <err)" 0:size:1 measure_in_a_root_that_does_not_run_estimates
like "$(cat err)" "does not run here" measure_in_a_root_that_does_not_run_says_so
# a link that leads out of the root is followed in it
ln -sf "$TMP/own/bin/python3.11" "$program"
fake "$(basename "$program")" <<<$'#!/bin/sh\ntouch '"$TMP"$'/escaped'
"$PYCSTAT" image --json --root root --measure /app /usr/bin >json 2>err
is "$(echo escaped*)" "escaped*" measure_in_a_root_runs_nothing_outside_of_it
