#!/bin/bash
# SPDX-License-Identifier: MIT
# make dist: its tarballs run on glibc, on musl, on 64-bit ARM and on RISC-V, its packages
# can be installed, used and removed, its recipe for Alpine makes one, and the same commit
# gives the same bytes.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/dist.bash"
. "$(dirname "$0")/machines.bash"
need readelf nm

check release_tree_is_made release_tree "$TMP/tree" || exit 1
check release_is_made release_made "$TMP/tree" || exit 1
release=$RELEASE/dist
check release_sums_are_right sh -c 'cd "$0" && sha256sum --quiet -c SHA256SUMS' "$release"

cp -a "$TMP/tree" "$TMP/another place"
mv "$TMP/another place" "$TMP/elsewhere"
check release_is_made_again release_make "$TMP/elsewhere" "$TMP/again" x86_64
is "$(git -C "$TMP/elsewhere" status --porcelain)" '' release_leaves_the_tree_alone
for file in linux-x86_64.tar.gz docker-x86_64.tar 1.x86_64.rpm; do
	[ ! -e "$release/pycshim-$VERSION-$file" ] ||
		check "release_again_has_the_same_${file//[^a-z0-9]/_}" cmp "$release/pycshim-$VERSION-$file" \
			"$TMP/again/dist/pycshim-$VERSION-$file"
done
check release_again_has_the_same_deb cmp "$release/pycshim_${VERSION}_amd64.deb" "$TMP/again/dist/pycshim_${VERSION}_amd64.deb"

echo >>"$TMP/elsewhere/README.md"
like "$(release_make "$TMP/elsewhere" "$TMP/dirty" x86_64 2>&1)" 'not committed' release_of_a_changed_tree_is_refused
check release_of_a_changed_tree_makes_nothing test ! -e "$TMP/dirty/dist/SHA256SUMS"

# --- the tarballs ------------------------------------------------------------------------

# unpack MACHINE: as the README says, into $TMP/MACHINE
unpack() {
	mkdir "$TMP/$1" && tar -C "$TMP/$1" --strip-components=1 -xzf "$release/pycshim-$VERSION-linux-$1.tar.gz" &&
		cd "$TMP/$1" && sha256sum --quiet -c share/doc/pycshim/SHA256SUMS
}

machine_exports "$LIB" >"$TMP/exports"
for machine in $MACHINES; do
	check "${machine}_tarball_has_right_sums" unpack "$machine"
	tree=$TMP/$machine lib=$TMP/$machine/lib/libpycshim.so
	for file in bin/pycshim bin/pycstat lib/libpycshim.so lib/libpycshim.so.debug share/doc/pycshim/LICENSE \
		share/man/man1/pycshim.1 share/man/man1/pycstat.1; do
		check "${machine}_tarball_has_${file##*/}" test -s "$tree/$file"
	done
	is "$(readelf -W -l "$tree/bin/pycshim" "$tree/bin/pycstat" | grep -cE 'INTERP|DYNAMIC')" 0 "${machine}_tools_are_static"
	is "$(machine_newer "$machine" "$lib")" '' "${machine}_library_needs_no_new_glibc"
	# musl's loader takes each libc.* for itself
	is "$(readelf -d "$lib" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')" libc.so.6 "${machine}_library_needs_only_libc"
	is "$(machine_exports "$lib" | diff "$TMP/exports" -)" '' "${machine}_exports_are_those_of_this_tree"
	is "$(nm -D --undefined-only "$lib" | grep -E '_chk(@|$)|__stack_chk|__(ldadd|cas|swp|atomic_)')" '' \
		"${machine}_no_fortify_and_no_stack_protector"
	check "${machine}_library_is_small" test "$(stat -c %s "$lib")" -lt 500000
	is "$(readelf -W -S "$lib" | grep -cE ' \.(symtab|debug_info)')" 0 "${machine}_library_is_stripped"
	is "$(readelf -n "$lib" | grep 'Build ID')" "$(readelf -n "$lib.debug" | grep 'Build ID')" \
		"${machine}_debug_information_is_of_the_library"
	is "$(grep -lrFf "$RELEASE/built_in" "$tree")" '' "${machine}_files_name_no_directory_of_the_build"
done
if PATH=$SYSTEM_PATH command -v gdb >/dev/null; then
	like "$(clean_env gdb -nx -batch -ex 'info line call_begin' "$TMP/x86_64/lib/libpycshim.so" 2>&1)" \
		'"?\./?preload/call/call.c|Line [0-9]+ of ' debug_information_is_found_by_gdb
else
	skip "no gdb" debug_information_is_found_by_gdb
fi
commit=$(git -C "$TMP/tree" log -1 --abbrev=12 --format=%h)
is "$("$TMP/x86_64/bin/pycshim" --version)" "pycshim $VERSION (commit $commit)" release_launcher_tells_the_commit
is "$("$TMP/x86_64/bin/pycstat" --version)" "pycstat $VERSION (commit $commit)" release_reader_tells_the_commit
tar -C "$TMP" -xzf "$release/pycshim-$VERSION.tar.gz"
like "$(sh "$TMP/pycshim-$VERSION/tools/dist/commit.sh")" '"commit [0-9a-f]+"' source_archive_knows_the_commit

# --- glibc, musl, and a root without anything ----------------------------------------------

# summary TREE PROGRAM...: what the launcher of that tree says of a run
summary() { clean_env XDG_RUNTIME_DIR="$TMP/home" PYCSHIM_PROCESSES=all "$1/bin/pycshim" -s "${@:2}" 2>&1; }

like "$(summary "$TMP/x86_64" "$(python3_path)" -S -c 'import json')" look-ups release_traces_on_glibc
if is_root; then
	is "$(chroot "$TMP/x86_64" /bin/pycshim --version)" "pycshim $VERSION (commit $commit)" \
		release_launcher_runs_where_nothing_else_is
else
	skip "needs root" release_launcher_runs_where_nothing_else_is
fi
cat >"$TMP/program.c" <<'END'
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

void Py_Initialize(void) /* the library takes it for a program that embeds Python */
{
}

int main(int count, char **words)
{
	int fd;

	if (count < 2 || chdir(words[1]) < 0)
		return 1;
	mkdir("__pycache__", 0755);
	fd = open("__pycache__/m.cpython-313.pyc.1", O_WRONLY | O_CREAT | O_EXCL, 0644);
	return fd < 0 ? 2 : 0;
}
END
mkdir "$TMP/place" "$TMP/shadow"
# denied COMMAND...: Python's bytecode is refused to the program, so the library is active
denied() {
	rm -rf "$TMP/place/__pycache__"
	"$@" "$TMP/place"
	echo "$? $(ls "$TMP/place")"
}
if PATH=$SYSTEM_PATH command -v musl-gcc >/dev/null; then
	musl-gcc -rdynamic -w -o "$TMP/on_musl" "$TMP/program.c"
	is "$(denied clean_env "$TMP/on_musl")" '0 __pycache__' musl_program_without_us_writes
	is "$(denied clean_env PYCSHIM_RECORD=off PYCSHIM_MODE=deny \
		"$TMP/x86_64/bin/pycshim" "$TMP/on_musl")" '2 __pycache__' release_denies_on_musl
	check release_is_active_on_musl clean_env "$TMP/x86_64/bin/pycshim" --check "$TMP/on_musl"
else
	skip "no musl-gcc" release_denies_on_musl
fi
for machine in $FOREIGN; do
	lacks=$(machine_lacks "$machine")
	if [ "$lacks" ]; then
		skip "$lacks" "${machine}_library_denies"
		continue
	fi
	program=$TMP/on_$machine
	"$machine-linux-gnu-gcc" -rdynamic -w -o "$program" "$TMP/program.c"
	machine_emulator "$machine"
	is "$("${emulator[@]}" "$TMP/$machine/bin/pycshim" --version)" "pycshim $VERSION (commit $commit)" "${machine}_launcher_runs"
	is "$("${emulator[@]}" "$TMP/$machine/bin/pycstat" --version)" "pycstat $VERSION (commit $commit)" "${machine}_reader_runs"
	is "$(denied "${emulator[@]}" "$program")" '0 __pycache__' "${machine}_program_without_us_writes"
	is "$(denied "${emulator[@]}" -E PYCSHIM_RECORD=off -E PYCSHIM_MODE=deny \
		-E LD_PRELOAD="$TMP/$machine/lib/libpycshim.so" "$program")" '2 __pycache__' "${machine}_library_denies"
	machine_probes "$machine" "$TMP/$machine/lib/libpycshim.so"
done

# podman takes the image for its own machine from these
is "$(tar --wildcards -xOf "$release/pycshim-$VERSION-oci.tar" 'blobs/*' |
	grep -aoE '"platform":\{"architecture":"[a-z0-9]+' | sed 's/.*"//' | xargs)" 'amd64 arm64 riscv64' image_is_for_each_machine

# --- the packages ------------------------------------------------------------------------

# used ROOT NAME: what a package has installed there works
used() { like "$(summary "$1/usr" "$(python3_path)" -S -c 'import json')" look-ups "${2}_installed_works"; }

# removed ROOT NAME
removed() { is "$(find "$1" -path '*/usr/*' -name '*pyc*')" '' "${2}_removed_leaves_nothing"; }

root=$TMP/debian
deb() { dpkg --root="$root" --force-not-root --force-script-chrootless --log=/dev/null "$@"; }
if PATH=$SYSTEM_PATH command -v dpkg-deb >/dev/null && is_root; then
	mkdir -p "$root"/var/lib/dpkg/{info,updates,triggers}
	touch "$root"/var/lib/dpkg/{status,available}
	PATH=$SYSTEM_PATH check deb_can_be_installed deb -i "$release/pycshim_${VERSION}_amd64.deb"
	used "$root" deb
	PATH=$SYSTEM_PATH check deb_can_be_removed deb -P pycshim
	removed "$root" deb
	for machine in arm64 riscv64; do
		is "$(dpkg-deb -f "$release/pycshim_${VERSION}_$machine.deb" Architecture)" "$machine" "deb_for_${machine}_says_so"
	done
else
	skip "no dpkg-deb, or not root" deb_can_be_installed
fi
if PATH=$SYSTEM_PATH command -v lintian >/dev/null; then
	for deb in "$release"/*.deb; do
		is "$(env -i PATH="$SYSTEM_PATH" LC_ALL=C lintian --allow-root --fail-on none --no-tag-display-limit "$deb" 2>&1 |
			grep -E '^[EW]:')" '' "lintian_finds_nothing_in_${deb##*_}"
	done
else
	skip "no lintian" lintian_finds_nothing
fi
root=$TMP/redhat
if PATH=$SYSTEM_PATH command -v rpm >/dev/null && is_root; then
	mkdir -p "$root"
	check rpm_can_be_installed rpm --root "$root" --nodeps --noplugins -i "$release/pycshim-$VERSION-1.x86_64.rpm"
	used "$root" rpm
	check rpm_can_be_removed rpm --root "$root" --noplugins -e pycshim
	removed "$root/usr" rpm
	for machine in $FOREIGN; do
		is "$(rpm -qp --queryformat '%{arch}' "$release/pycshim-$VERSION-1.$machine.rpm")" "$machine" "rpm_for_${machine}_says_so"
	done
else
	skip "no rpm, or not root" rpm_can_be_installed
fi

# What Alpine's abuild does with the recipe, in the shell that it runs in.
cat >"$TMP/abuild" <<'END'
set -eu
startdir=$1 CARCH=$2 srcdir=$3/src pkgdir=$3/pkg
. "$startdir/APKBUILD"
case " $arch " in *" $CARCH "*) ;; *) exit 1 ;; esac
[ "$pkgname" ] && [ "$pkgrel" ] && [ "$url" ] && [ "$license" ] && [ ${#pkgdesc} -lt 128 ] || exit 1
mkdir -p "$srcdir"
cd "$startdir"
echo "$sha512sums" | sha512sum -c
tar -C "$srcdir" -xzf "$source"
cd "$builddir"
[ "$CARCH" != "$(uname -m)" ] || check
package
END
if PATH=$SYSTEM_PATH command -v busybox >/dev/null; then
	for machine in $MACHINES; do
		root=$TMP/alpine-$machine
		check "apkbuild_makes_a_package_for_$machine" clean_env busybox sh "$TMP/abuild" "$release" "$machine" "$root"
		is "$(cd "$TMP" && diff -r "$machine" "$root/pkg/usr")" "Only in $machine/lib: libpycshim.so.debug
Only in $machine/share/doc/pycshim: SHA256SUMS" "apkbuild_installs_the_tarball_for_$machine"
	done
	used "$TMP/alpine-x86_64/pkg" apkbuild
	is "$(sed -n 's/^pkgver=//p' "$release/APKBUILD")" "$VERSION" apkbuild_has_the_version
else
	skip "no busybox" apkbuild_makes_a_package
fi
