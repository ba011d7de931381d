#!/bin/bash
# SPDX-License-Identifier: MIT
# make install puts everything into the given directories, the installed files work, and
# make uninstall removes them.

. "$(dirname "$0")/../lib.sh"
need make

cp -a "$B" "$TMP/build"
run_make() { make -s -C "$TOP" B="$TMP/build" "$@" >"$TMP/make" 2>&1; }

check install_with_a_prefix_after_a_build_succeeds run_make install PREFIX="$TMP/prefix" || note "$(cat "$TMP/make")"
is "$(cd "$TMP/prefix" && find . -type f | sort | tr '\n' ' ')" \
	"./bin/pycshim ./bin/pycstat ./lib/libpycshim.so \
./share/bash-completion/completions/pycshim ./share/bash-completion/completions/pycstat \
./share/fish/vendor_completions.d/pycshim.fish ./share/fish/vendor_completions.d/pycstat.fish \
./share/man/man1/pycshim.1 ./share/man/man1/pycstat.1 \
./share/zsh/site-functions/_pycshim ./share/zsh/site-functions/_pycstat " \
	install_puts_all_files_in_their_places
is "$("$TMP/prefix/bin/pycshim" --print-lib)" "$TMP/prefix/lib/libpycshim.so" installed_launcher_finds_the_library
like "$(clean_env XDG_RUNTIME_DIR="$TMP/home" "$TMP/prefix/bin/pycshim" -s "$(python3_path)" -S -c pass 2>&1)" \
	"look-ups" installed_launcher_shows_a_summary

is "$("$TMP/prefix/bin/pycshim" --copy-to "$TMP/copied") $(cd "$TMP/copied" && find . -type f -printf '%f %m\n' | sort | xargs)" \
	"$TMP/copied/libpycshim.so libpycshim.so 644 pycshim 755 pycstat 755" copy_to_copies_what_is_needed
is "$("$TMP/copied/pycshim" --print-lib)" "$TMP/copied/libpycshim.so" copied_launcher_finds_the_copied_library
check copied_library_is_the_library cmp "$TMP/copied/libpycshim.so" "$TMP/prefix/lib/libpycshim.so"
inode=$(stat -c %i "$TMP/copied/libpycshim.so")
"$TMP/prefix/bin/pycshim" --copy-to "$TMP/copied" >/dev/null
check copy_to_replaces_files_that_are_loaded test "$(stat -c %i "$TMP/copied/libpycshim.so")" != "$inode"
like "$("$TMP/prefix/bin/pycshim" --copy-to /proc/nothing 2>&1) $?" '^pycshim: /proc/nothing: .* 125$' copy_to_says_why_it_fails
like "$("$TMP/prefix/bin/pycshim" --copy-to "$TMP/copied" true 2>&1) $?" 'take no COMMAND.* 64$' copy_to_takes_no_command

run_make install DESTDIR="$TMP/stage" PREFIX=/opt/pycshim LIBDIR=/opt/pycshim/lib64
check install_honours_destdir_and_libdir test -e "$TMP/stage/opt/pycshim/lib64/libpycshim.so"
is "$("$TMP/stage/opt/pycshim/bin/pycshim" --print-lib)" "$TMP/stage/opt/pycshim/lib64/libpycshim.so" \
	staged_launcher_finds_the_library
cp -a "$TMP/stage/opt/pycshim" "$TMP/moved"
rm "$TMP/stage/opt/pycshim/lib64/libpycshim.so"
is "$(cd "$TMP/moved/lib64" && ../bin/pycshim --print-lib)" "$TMP/moved/lib64/libpycshim.so" moved_launcher_finds_the_library
like "$(cd "$TMP/moved/lib64" && "$TMP/stage/opt/pycshim/bin/pycshim" --print-lib 2>&1)" \
	"^pycshim: no libpycshim.so in $TMP/stage/opt/pycshim/bin or /opt/pycshim/lib64; keep it beside" \
	launcher_without_its_library_says_where_it_looked
check installed_launcher_knows_its_libdir grep -q /opt/pycshim/lib64 "$TMP/stage/opt/pycshim/bin/pycshim"
run_make uninstall PREFIX="$TMP/prefix"
is "$(find "$TMP/prefix" -type f)" "" uninstall_leaves_nothing
