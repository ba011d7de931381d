#!/bin/bash
# make install puts everything where it is told, and what is there works; uninstall
# removes it.

. "$(dirname "$0")/../lib.sh"
need make

cp -a "$B" "$TMP/build"
run_make() { make -s -C "$TOP" B="$TMP/build" "$@" >"$TMP/make" 2>&1; }

check install_with_a_prefix_after_a_build_succeeds run_make install PREFIX="$TMP/prefix" || note "$(cat "$TMP/make")"
is "$(cd "$TMP/prefix" && find . -type f | sort | tr '\n' ' ')" \
	"./bin/pycshim ./bin/pycstat ./lib/libpycshim.so ./share/man/man1/pycshim.1 ./share/man/man1/pycstat.1 " \
	install_puts_five_files_in_their_places
is "$("$TMP/prefix/bin/pycshim" --print-lib)" "$TMP/prefix/lib/libpycshim.so" installed_launcher_finds_the_library
like "$(clean_env XDG_RUNTIME_DIR="$TMP/home" "$TMP/prefix/bin/pycshim" -s "$(python3_path)" -S -c pass 2>&1)" \
	"look-ups" installed_launcher_shows_a_summary

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
