#!/bin/bash
# SPDX-License-Identifier: MIT
# Programs do not notice the library: shells, coreutils, git, Python, sanitizers.

. "$(dirname "$0")/../lib.sh"
need git

mkdir "$TMP/play"
cd "$TMP/play" || exit 1
printf 'one\ntwo\n' >file
python=$(python3_path)

# unnoticed NAME COMMAND...: output, errors and exit status are the same as without the
# library, both when it traces all programs and when it traces only Python
unnoticed() {
	local name=$1 which status
	shift
	clean_env "$@" >"$TMP/want" 2>"$TMP/want.err" </dev/null
	echo $? >>"$TMP/want.err"
	for which in python all; do
		traced "$TMP/rec" PYCSHIM_PROCESSES=$which "$@" >"$TMP/got" 2>"$TMP/got.err" </dev/null
		echo $? >>"$TMP/got.err"
		sed -i '/lib.sh: line .* Killed /d' "$TMP/want.err" "$TMP/got.err" # printed by bash
		status=same
		cmp -s "$TMP/got" "$TMP/want" && cmp -s "$TMP/got.err" "$TMP/want.err" || status=$(
			diff -u "$TMP/want" "$TMP/got"
			diff -u "$TMP/want.err" "$TMP/got.err"
		)
		is "$status" same "${name}_processes_${which}_behaves_as_without"
	done
}

unnoticed shell_script sh -c 'echo a; cat file; (exit 7); echo $?; ls -a; exit 9'
unnoticed bash_redirections bash -c 'exec 3<file; read -r a <&3; exec 3<&-; echo $a >&2; echo <(:) | wc -l'
unnoticed bash_high_descriptors bash -c 'exec 900>out 200<file; echo hi >&900; cat <&200; cat out; ulimit -n 64; ls'
unnoticed ls_of_missing ls -l file missing
unnoticed open_descriptors_sh sh -c 'ls /proc/self/fd; ls /proc/$$/fd'
unnoticed open_descriptors_bash bash -c 'echo /proc/self/fd/*; cd /proc/$$/fd; echo *'
unnoticed git_history sh -c 'git init -q repo && cd repo && echo x >f && git add f &&
	GIT_AUTHOR_DATE=2020-01-01T00:00:00Z GIT_COMMITTER_DATE=2020-01-01T00:00:00Z \
	git -c user.name=a -c user.email=a@b commit -q -m m && git log --stat && rm -rf ../repo'
unnoticed tar_and_find sh -c 'mkdir -p t/__pycache__ && : >t/__pycache__/a.cpython-311.pyc &&
	tar -cf t.tar t && tar -tf t.tar && find t | sort && cp -a t u && rm -rf t u t.tar'
unnoticed awk_sed_grep sh -c 'awk "{ print NR, \$0 }" file | sed s/o/0/ | grep 0'
unnoticed killed_by_signal sh -c 'kill -9 $$'
unnoticed signal_ignored sh -c 'trap "" TERM; kill $$; echo on'
unnoticed python_program "$python" -I -S -c 'import json, os; print(json.dumps(os.getcwd())); os._exit(5)'
unnoticed python_error "$python" -I -S -c 'open("/nonexistent/__pycache__/x.cpython-311.pyc")'
unnoticed python_bad_calls "$python" -I -S -c '
import os
for call in (lambda: os.open("x" * 5000 + ".pyc", 0), lambda: os.close(-1), lambda: os.close(999999),
             lambda: os.stat("\udcff.pyc"), lambda: os.rename("a.pyc", "b.pyc"), lambda: os.mkdir(""),
             lambda: os.rmdir("__pycache__"), lambda: os.unlink("x.pyc"), lambda: os.open("", 0),
             lambda: os.open(".", os.O_TMPFILE | os.O_RDWR, 0o600) and None,
             lambda: os.open("n.pyc", os.O_CREAT | os.O_WRONLY, 0o640) and None,
             lambda: oct(os.stat("n.pyc").st_mode), lambda: os.unlink("n.pyc")):
    try:
        print(call())
    except OSError as error:
        print(error.errno)'
unnoticed python_children "$python" -I -S -c '
import os, subprocess
os.set_inheritable(0, True)
print(subprocess.check_output(["ls", "/proc/self/fd"]))
print(subprocess.check_output("ls /proc/self/fd", shell=True, close_fds=False))'

# the descriptors that a Python sees, except the recording's, which have high numbers
descriptors='import os; print(sorted(int(fd) for fd in os.listdir("/proc/self/fd") if int(fd) < 512))'
unnoticed python_low_descriptors "$python" -I -S -c "$descriptors"
unnoticed python_tight_limit bash -c "ulimit -n 32; exec '$python' -I -S -c 'import json, os
print(len(json.dumps([1])), [os.dup(0) for _ in range(8)])'"

# few LIMIT: a Python that needs nearly all descriptors that the limit allows, in each
# mode
few() {
	local mode script="ulimit -n $1; exec '$python' -I -S -c 'import sys; sys.path.insert(0, \".\")
import few
print(few.value, [open(\"file\", \"rb\").fileno() for _ in range(2)])'"
	echo 'value = 5' >few.py
	clean_env bash -c "$script" >"$TMP/want" 2>&1
	for mode in trace redirect deny; do
		rm -rf __pycache__ "$TMP/root"
		traced "$TMP/rec" PYCSHIM_MODE=$mode PYCSHIM_ROOT="$TMP/root" bash -c "$script" >"$TMP/got" 2>&1
		same "python_of_$1_descriptors_in_${mode}_runs_as_without" "$TMP/got" "$TMP/want"
	done
}
for limit in 4 5 6 8 16; do few $limit; done

# --- sanitizers ------------------------------------------------------------------------

cat >prog.c <<'END'
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
int main(void)
{
	struct stat st;
	char *text = malloc(100);
	FILE *file = fopen("x.pyc", "w");

	fputs("text", file);
	fclose(file);
	close(open("x.pyc", O_RDONLY));
	printf("%d", stat("x.pyc", &st));
	printf(" %d %d\n", (int)st.st_size, open("none.pyc", O_RDONLY));
	unlink("x.pyc");
	free(text);
	if (getenv("OVERFLOW"))
		text[0] = 1;
	return 0;
}
END
# sanitized NAME COMPILER FLAG...
sanitized() {
	local name=$1
	shift
	PATH=$SYSTEM_PATH command -v "$1" >/dev/null || { skip "no $1" "$name" && return; }
	if ! clean_env "$@" -w -g -o "$name" prog.c 2>"$TMP/cc.err"; then
		skip "$1 cannot: $(head -n 1 "$TMP/cc.err")" "$name"
		return
	fi
	unnoticed "$name" "./$name"
	traced "$TMP/rec" PYCSHIM_PROCESSES=all OVERFLOW=1 "./$name" >/dev/null 2>"$TMP/got.err"
	like "$(cat "$TMP/got.err")" 'heap-use-after-free' "${name}_still_finds_faults"
}
sanitized asan_gcc_static gcc -fsanitize=address -static-libasan
sanitized asan_clang clang -fsanitize=address
PATH=$SYSTEM_PATH command -v clang >/dev/null &&
	clang -w -fsanitize=thread -o tsan prog.c 2>/dev/null && unnoticed tsan_clang ./tsan
clang -w -fsanitize=undefined -o ubsan prog.c 2>/dev/null && unnoticed ubsan_clang ./ubsan

gcc -w -fsanitize=address -o asan_shared prog.c
asan=$(gcc -print-file-name=libasan.so)
clean_env LD_PRELOAD="$(readlink -f "$asan"):$LIB" PYCSHIM_RECORD="$TMP/rec" ./asan_shared >"$TMP/got" 2>&1
is "$(cat "$TMP/got")" "0 4 -1" asan_shared_before_us_behaves
clean_env LD_PRELOAD="$(readlink -f "$asan")" "$PYCSHIM" -o "$TMP/rec" -- ./asan_shared >"$TMP/got" 2>&1
is "$(cat "$TMP/got")" "0 4 -1" asan_shared_under_the_launcher_behaves

# --- other preloads ----------------------------------------------------------------------

for other in /usr/lib/*/libjemalloc.so.2 /usr/lib/*/libtcmalloc*.so.4 /usr/lib/*/libeatmydata.so; do
	[ -e "$other" ] || continue
	clean_env LD_PRELOAD="$other:$LIB" PYCSHIM_RECORD="$TMP/rec" "$python" -I -S -c 'import json; print(1)' >"$TMP/got" 2>&1
	is "$(cat "$TMP/got")" 1 "$(basename "$other")_before_us_behaves"
	clean_env LD_PRELOAD="$LIB:$other" PYCSHIM_RECORD="$TMP/rec" "$python" -I -S -c 'import json; print(1)' >"$TMP/got" 2>&1
	is "$(cat "$TMP/got")" 1 "$(basename "$other")_after_us_behaves"
done

# --- programs that cannot load the library ----------------------------------------------

echo 'int main(void) { return 7; }' >static.c
if gcc -static -o static static.c 2>/dev/null; then
	traced "$TMP/rec" ./static
	is $? 7 static_program_runs
fi
