#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# pycshim --check: says for every kind of COMMAND whether the library is active, and why.

. "$(dirname "$0")/../lib.sh"

cd "$TMP" || exit 1

# verdict NAME STATUS REGEX COMMAND...: the status and output of COMMAND, a --check.
verdict() {
	local name=$1 want=$2 regex=$3
	shift 3
	clean_env "$@" >"$TMP/out" 2>&1 </dev/null
	is "$?" "$want" "check_${name}_gives_$want" "$(cat "$TMP/out")"
	like "$(cat "$TMP/out")" "$regex" "check_${name}_says_why"
}

echo 'int main(void) { return 7; }' >seven.c
gcc -o seven seven.c

# --- Python ------------------------------------------------------------------------------

for python in $(pythons); do
	py_info "$python"
	verdict "$py_name" 0 "the library is active.*$python" "$PYCSHIM" --check "$python"
	like "$(cat out)" "version $("$PYCSHIM" --version | cut -d ' ' -f 2)" \
		"check_${py_name}_names_the_version"
	is "$(grep -c note out)" 0 "check_${py_name}_is_known_as_python"
done
python=$(python3_path)
verdict mode_redirect 0 'mode +redirect' "$PYCSHIM" -m redirect -r shadow -o off --check "$python"
verdict mode_deny 0 'mode +deny' PYCSHIM_MODE=deny "$PYCSHIM" --check "$python"
verdict mode_off 1 'not active.*switched off' "$PYCSHIM" -m off --check "$python"
verdict mistaken_variable 1 'not active.*PYCSHIM_MODE' PYCSHIM_MODE=wat \
	"$PYCSHIM" --check "$python"
verdict unknown_variable 0 'PYCSHIM_MOD is no variable of pycshim.s: did you mean PYCSHIM_MODE' \
	PYCSHIM_MOD=deny "$PYCSHIM" --check "$python"
verdict unknown_variable_of_a_slip 0 "PYCSHIM_RECORDING is no variable of pycshim's: did you mean PYCSHIM_RECORD[?]" \
	PYCSHIM_RECORDING=/x "$PYCSHIM" --check "$python"
for name in FOO LOG ''; do
	verdict "unknown_variable_like_none_${name:-empty}" 0 \
		"PYCSHIM_$name is no variable of pycshim's; these are: PYCSHIM_MODE, PYCSHIM_ROOT, .*PYCSHIM_DEBUG" \
		"PYCSHIM_$name=1" "$PYCSHIM" --check "$python"
done
verdict root_without_redirect 0 'root has no effect in mode deny' \
	"$PYCSHIM" -m deny -r "$TMP/shadow" --check "$python"
printf 'x = 1\n' >precious
verdict recording_that_is_none 0 'recording +.*precious: is a file, but no recording.*nothing would be recorded' \
	PYCSHIM_RECORD="$TMP/precious" "$PYCSHIM" --check "$python"
verdict arguments 0 'env alone was looked at, not what its arguments start' \
	"$PYCSHIM" --check env -i "$python"

# --- the places of redirect ------------------------------------------------------------------

mkdir open real closed
chmod 777 open
ln -s real linked
redirects() { # NAME STATUS REGEX OPTION...
	local name=$1 want=$2 regex=$3
	shift 3
	verdict "shadow_$name" "$want" "$regex" "$PYCSHIM" -m redirect "$@" --check "$python"
}
redirects to_be_made 0 "shadow +$TMP/new/shadow"$'\n'"  recording +$TMP/r" -r new/shadow -o r
is "$(ls -d new 2>/dev/null)" '' check_makes_no_shadow
redirects of_ours 0 "shadow +$TMP/real"$'\n' -r real -o "$TMP/r"
redirects open_to_others 1 "no shadow to use.*open: made by somebody else or writable by others; nothing would be redirected" -r open
redirects by_a_link 1 'linked/shadow: reached by a symbolic link; nothing would' -r linked/shadow
redirects without_recording 0 'recording +off' -r real -o off
# root passes all permission checks, but nothing can be created in these file systems
redirects in_proc 1 "no shadow to use.*/proc/x/y: .*; nothing would be redirected" -r /proc/x/y -o off
redirects of_proc 1 "no shadow to use.*/proc: .*; nothing would be redirected" -r /proc -o off
redirects in_sysfs 1 "no shadow to use.*/sys/x: .*; nothing would be redirected" -r /sys/x -o off

# --- the store -------------------------------------------------------------------------------

stores() { # NAME REGEX STORE
	verdict "store_$1" 0 "$2" PYCSHIM_STORE="$3" "$PYCSHIM" -o off --check "$python"
}
stores to_be_made "store +$TMP/new/store"$'\n'"  recording" "$TMP/new/store"
is "$(ls -d new 2>/dev/null) $(grep -c note out)" ' 0' check_makes_no_store
stores of_ours "store +$TMP/real"$'\n' "$TMP/real"
is "$(find real -mindepth 1)" '' check_leaves_nothing_in_the_store
stores open_to_others 'store +.*open: made by somebody else or writable by others; no store would be used' "$TMP/open"
stores by_a_link 'store +.*linked/store: reached by a symbolic link; no store would be used' "$TMP/linked/store"
stores that_is_a_file 'store +.*precious: is not a directory; no store would be used' "$TMP/precious"
# where root cannot make anything either: a directory of root's that it can read
stores read_only 'note +nothing can be put into the store, only read from it: .*store +/proc/sys'$'\n' /proc/sys
verdict store_by_its_option 0 "store +$TMP/real"$'\n' "$PYCSHIM" --store real -o off --check "$python"
verdict store_off 0 'recording +off' PYCSHIM_STORE=off "$PYCSHIM" -o off --check "$python"
is "$(grep -c store out)" 0 check_without_a_store_is_silent_about_it

# --- the recording ---------------------------------------------------------------------------

verdict recording_in_proc 0 "recording +/proc/x: .*; nothing would be recorded" \
	PYCSHIM_RECORD=/proc/x "$PYCSHIM" --check "$python"
verdict recording_to_be_made 0 "recording +$TMP/real/to-be-made\$" \
	PYCSHIM_RECORD="$TMP/real/to-be-made" "$PYCSHIM" --check "$python"
# a check that had the same pid and was killed left a file or directory behind
for left in mkdir touch; do
	# shellcheck disable=SC2016 # for the inner shell
	verdict "shadow_with_a_$left" 0 "shadow +$TMP/real"$'\n' sh -c '"$1" real/.pycshim-check-$$
		exec "$2" -m redirect -r real -o off --check "$3"' sh "$left" "$PYCSHIM" "$python"
done
is "$(ls -A real)" '' check_leaves_nothing_in_its_places
if can_mount; then
	mkdir tiny
	# shellcheck disable=SC2016 # for the inner shell
	small_tmpfs 4k,nr_inodes=2 "$TMP/tiny" env -i sh -c 'mkdir "$0/shadow" && "$1" -m redirect -r "$0/shadow" -o off --check "$2"' "$TMP/tiny" "$PYCSHIM" "$python" >out 2>&1
	is "$?" 1 check_shadow_on_a_full_file_system_gives_1
	like "$(cat out)" 'shadow: No space left on device; nothing would be redirected' \
		check_shadow_on_a_full_file_system_says_why
	readonly_mount "$TMP/closed" env -i "$PYCSHIM" -m redirect -r "$TMP/closed" -o off \
		--check "$python" >out 2>&1
	is "$?" 1 check_shadow_on_a_read_only_file_system_gives_1
	like "$(cat out)" 'closed: Read-only file system; nothing would be redirected' \
		check_shadow_on_a_read_only_file_system_says_why
else
	skip "cannot mount" check_shadow_on_a_read_only_file_system
fi
is "$(ls home)" "" check_leaves_nothing_behind

# --- scripts -------------------------------------------------------------------------------

script() { # NAME FIRST-LINE
	printf '%s\nimport os\nos.mkdir("ran")\n' "$2" >"$1"
	chmod +x "$1"
}
script direct "#!$python -B"
script by-env '#!/usr/bin/env python3'
script by-env-split '#!/usr/bin/env -S python3 -B'
script by-env-empty '#!/usr/bin/env -S -i python3'
script by-env-unset '#!/usr/bin/env -S -u LD_PRELOAD python3'
script by-env-nothing '#!/usr/bin/env -S'
script by-env-missing '#!/usr/bin/env python9'
script by-shell '#!/bin/sh'
script by-script "#!$TMP/direct"
script by-nobody '#!/nonexistent/python'
script by-itself "#!$TMP/by-itself"
script no-line 'echo text'
verdict script 0 "script.*direct: run by $python -B.*program +$python" \
	"$PYCSHIM" --check ./direct
verdict script_by_env 0 'run by /usr/bin/env python3.*program.*python3' \
	"$PYCSHIM" --check ./by-env
verdict script_by_env_split 0 'program.*python3' "$PYCSHIM" --check ./by-env-split
verdict script_by_env_empty 1 'why +env removes LD_PRELOAD' "$PYCSHIM" --check ./by-env-empty
verdict script_by_env_unset 1 'why +env removes LD_PRELOAD' "$PYCSHIM" --check ./by-env-unset
verdict script_by_env_nothing 126 'names no command' "$PYCSHIM" --check ./by-env-nothing
verdict script_by_env_missing 127 'by-env-missing: not executable: its interpreter python9: No such file' "$PYCSHIM" --check ./by-env-missing
verdict script_by_script 0 "by-script: run by.*direct: run by.*program +$python" \
	"$PYCSHIM" --check ./by-script
verdict script_by_missing 126 'interpreter /nonexistent' "$PYCSHIM" --check ./by-nobody
verdict script_by_itself 126 'Too many levels' "$PYCSHIM" --check ./by-itself
verdict script_by_shell 0 'sh is a shell, and left alone' "$PYCSHIM" --check ./by-shell
verdict script_without_line 0 'run by /bin/sh' "$PYCSHIM" --check ./no-line
mkdir shims
printf '#!/usr/bin/env bash\nset -e\nexec "%s" "$@"\n' "$python" >shims/python3
chmod +x shims/python3
verdict pyenv_like_shim 0 'shims/python3: run by /usr/bin/env bash.*bash is a shell' \
	PATH="$TMP/shims:$SYSTEM_PATH" "$PYCSHIM" --check python3
shim=${PYENV_ROOT:-${HOME:-/}/.pyenv}/shims/python3
if [ -x "$shim" ]; then
	verdict pyenv_shim 0 'bash is a shell' "$PYCSHIM" --check "$shim"
else
	skip "no pyenv" check_pyenv_shim
fi
verdict shell 0 'sh is a shell' "$PYCSHIM" --check sh
verdict no_python 0 'ls is no Python, and left alone' "$PYCSHIM" --check ls
verdict no_python_but_all 0 'all processes are meant' "$PYCSHIM" --processes all --check ls
is "$(ls -d ran 2>/dev/null)" "" check_runs_no_script

# --- what cannot be loaded -------------------------------------------------------------------

# A program whose main() leaves a trace: --check must not run it.
cat >tell.c <<'END'
#include <fcntl.h>
int main(void) { return open("ran", O_CREAT | O_WRONLY, 0600) < 0; }
END
gcc -o tell tell.c
gcc -static -o static tell.c
gcc -static-pie -o static-pie tell.c
gcc -o no-loader -Wl,--dynamic-linker=/nonexistent/ld.so tell.c
cp "$(readlink -f /lib64/ld-linux-x86-64.so.2 2>/dev/null || echo /bin/true)" strange-loader.so
gcc -o strange-loader "-Wl,--dynamic-linker=$TMP/strange-loader.so" tell.c
head -c 300 tell >cut-short
printf '\001\002\000' >garbage
mkdir directory
: >not-executable
chmod +x cut-short garbage
verdict program 0 'tell is no Python' "$PYCSHIM" --check ./tell
verdict static 1 'not active.*why +it is static' "$PYCSHIM" --check ./static
verdict static_pie 1 'not active.*why +it is static' "$PYCSHIM" --check ./static-pie
cp static python3.static
verdict static_python 1 'why +it is static.*hint +use a dynamic.*or +without the library: PYTHONPYCACHEPREFIX=DIR .*or +where.*sys.pycache_prefix' \
	"$PYCSHIM" --check ./python3.static
verdict static_program 1 'hint +use a dynamically linked build of it$' "$PYCSHIM" --check ./static
verdict unknown_loader 1 'loader is none that pycshim knows' "$PYCSHIM" --check ./strange-loader
verdict missing_loader 126 'loader /nonexistent/ld.so' "$PYCSHIM" --check ./no-loader
verdict cut_short 126 'damaged ELF' "$PYCSHIM" --check ./cut-short
verdict garbage 126 'neither program nor script' "$PYCSHIM" --check ./garbage
verdict directory 126 'Is a directory' "$PYCSHIM" --check ./directory
verdict not_executable 126 'Permission denied' "$PYCSHIM" --check ./not-executable
verdict missing 127 'not found' "$PYCSHIM" --check nonexistent

foreign() { # NAME COMPILER MACHINE OPTION...
	local name=$1 compiler=$2 machine=$3 hint='take the library of the release'
	[ "$compiler" != gcc ] || hint='the library is made for x86-64, aarch64 and riscv64'
	shift 3
	echo 'void _start(void) { for (;;) ; }' >start.c
	if "$compiler" "$@" -nostdlib -o "$name" start.c 2>err; then
		verdict "$name" 1 "it is a program for $machine, the library is for.*hint +$hint" \
			"$PYCSHIM" --check "./$name"
	else
		skip "no $compiler $*: $(head -n 1 err)" "check_$name"
	fi
}
foreign aarch64 aarch64-linux-gnu-gcc aarch64 -static
foreign aarch64_dynamic aarch64-linux-gnu-gcc aarch64 -pie \
	-Wl,--dynamic-linker=/lib/ld-linux-aarch64.so.1
foreign riscv64 riscv64-linux-gnu-gcc riscv64 -static
foreign i386 gcc i386 -m32 -static
if command -v musl-gcc >/dev/null; then
	musl-gcc -o musl tell.c
	verdict musl 0 'loaded by /lib/ld-musl-.*musl is no Python' "$PYCSHIM" --check ./musl
	# a library in place of libpycshim.so that musl cannot load
	mkdir glibc-only
	cp "$PYCSHIM" glibc-only/
	echo 'extern int gnu_get_libc_version(void); int f(void) { return gnu_get_libc_version(); }' |
		gcc -shared -fPIC -o glibc-only/libpycshim.so -xc -
	verdict musl_with_a_glibc_library 1 \
		'why.*\(musl\) does not take.*gnu_get_libc_version: symbol not found' \
		"$TMP/glibc-only/pycshim" --check ./musl
	cp musl python3.musl
	verdict musl_python_with_a_glibc_library 1 'does not take.*or +without the library: PYTHONPYCACHEPREFIX' \
		"$TMP/glibc-only/pycshim" --check ./python3.musl
else
	skip "no musl-gcc" check_musl
fi

# What is offered then is true: both ways keep pycs in the directory.
for python in $(pythons); do
	py_info "$python"
	[ "$py_major" = 3 ] && [ "$py_minor" -ge 8 ] || continue
	rm -rf offered kept
	mkdir -p offered/site
	echo 'x = 1' >offered/fresh.py
	echo "import sys; sys.pycache_prefix = '$TMP/kept/site'" >offered/site/sitecustomize.py
	clean_env PYTHONPATH="$TMP/offered" PYTHONPYCACHEPREFIX="$TMP/kept/variable" "$python" -c 'import fresh'
	clean_env PYTHONPATH="$TMP/offered/site:$TMP/offered" "$python" -c 'import fresh'
	is "$(find kept -name 'fresh.*' | cut -d / -f 2 | sort | xargs) $(find offered -name 'fresh.*pyc')" \
		'site variable ' "check_${py_name}_offers_what_works"
done
python=$(python3_path)

# a library that reports nothing, one whose constructor crashes, and a file that is none
mkdir silent
cp "$PYCSHIM" silent/
gcc -shared -fPIC -o silent/libpycshim.so -xc - </dev/null
verdict silent_library 1 'does not answer' "$TMP/silent/pycshim" --check ./seven
echo 'int raise(int); __attribute__((constructor)) static void f(void) { raise(11); }' |
	gcc -shared -fPIC -o silent/libpycshim.so -xc -
verdict dying_library 1 'the program died: Segmentation fault' \
	"$TMP/silent/pycshim" --check ./seven
echo nonsense >silent/libpycshim.so
verdict library_that_is_none 125 'libpycshim.so: not a library' \
	"$TMP/silent/pycshim" --check ./seven

# --- privilege ---------------------------------------------------------------------------------

if is_root; then
	install -m 4755 tell setuid
	install -m 2755 tell setgid
	install -m 755 tell capable
	install -m 711 tell unreadable
	chmod 777 .
	verdict setuid_as_its_owner 0 'is active' "$PYCSHIM" --check ./setuid
	verdict setuid 1 'set-user-ID' setpriv --reuid=65534 --regid=65534 --clear-groups \
		"$PYCSHIM" --check ./setuid
	install -m 4755 tell python3.setuid
	verdict setuid_python 1 'set-user-ID.*or +without the library: PYTHONPYCACHEPREFIX' setpriv --reuid=65534 \
		--regid=65534 --clear-groups "$PYCSHIM" --check ./python3.setuid
	verdict setgid 1 'set-group-ID' setpriv --reuid=65534 --regid=65534 --clear-groups \
		"$PYCSHIM" --check ./setgid
	verdict setuid_without_new_privileges 0 'is active' setpriv --reuid=65534 \
		--regid=65534 --clear-groups --no-new-privs "$PYCSHIM" --check ./setuid
	verdict unreadable 1 'cannot be examined: Permission denied' setpriv --reuid=65534 \
		--regid=65534 --clear-groups "$PYCSHIM" --check ./unreadable
	if setcap cap_net_bind_service=ep capable 2>err; then
		verdict capabilities 1 'file capabilities' setpriv --reuid=65534 \
			--regid=65534 --clear-groups "$PYCSHIM" --check ./capable
		verdict capabilities_as_root 0 'is active' "$PYCSHIM" --check ./capable
	else
		skip "no file capabilities: $(cat err)" check_capabilities
	fi
else
	skip "needs root" check_setuid
fi
is "$(ls -d ran 2>/dev/null)" "" check_runs_no_program
