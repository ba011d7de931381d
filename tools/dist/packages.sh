# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# shellcheck disable=SC2154 # dist.sh sets here, version, work and out
#
# Packages for Debian's and Red Hat's families, and a recipe for Alpine's.  Sourced by dist.sh,
# whose variables it uses.

summary='shows, keeps and prevents bytecode of Python'
description='A preloaded library that records what the bytecode cache of Python does,
keeps the cache working on a read-only file system, or prevents new bytecode.'

# who has made the release
maintainer=$(git log -1 --format='%an <%ae>')

# packages MACHINE: skips a kind whose program is missing, and says so
packages() {
	local machine=$1 root=$work/package-$1
	mkdir -p "$root/usr"
	cp -a "$work/$machine/." "$root/usr/"
	gzip -9n "$root"/usr/share/man/man1/*.1
	if command -v dpkg-deb >/dev/null; then debian_package "$machine"; else echo 'dist: no dpkg-deb, no .deb' >&2; fi
	if command -v rpmbuild >/dev/null; then rpm_package "$machine"; else echo 'dist: no rpmbuild, no .rpm' >&2; fi
}

debian_package() {
	local name tree=$work/deb-$1
	name=$(debian_name "$1")
	cp -a "$root" "$tree"
	mkdir -p "$tree/DEBIAN" "$tree/usr/share/lintian/overrides"
	mv "$tree/usr/share/doc/pycshim/LICENSE" "$tree/usr/share/doc/pycshim/copyright"
	printf 'pycshim (%s) unstable; urgency=medium\n\n  * Release %s.\n\n -- %s  %s\n' \
		"$version" "$version" "$maintainer" "$(date -u -R -d "@$SOURCE_DATE_EPOCH")" |
		gzip -9n >"$tree/usr/share/doc/pycshim/changelog.gz"
	# The library is for LD_PRELOAD, by its path: nothing is linked with it, and it works
	# with any libc, so the package depends on none.  pycstat reads the lists of dpkg in
	# unpacked images, whose dpkg is not this system's.
	cat >"$tree/usr/share/lintian/overrides/pycshim" <<-END
		pycshim: statically-linked-binary
		pycshim: undeclared-elf-prerequisites
		pycshim: package-name-doesnt-match-sonames
		pycshim: shared-library-lacks-version
		pycshim: uses-dpkg-database-directly
	END
	echo 'activate-noawait ldconfig' >"$tree/DEBIAN/triggers"
	cat >"$tree/DEBIAN/control" <<-END
		Package: pycshim
		Version: $version
		Architecture: $name
		Maintainer: $maintainer
		Section: python
		Priority: optional
		Installed-Size: $(du -sk --apparent-size "$tree/usr" | cut -f 1)
		Description: $summary
		 ${description//$'\n'/$'\n' }
	END
	(cd "$tree" && find usr -type f | sort | xargs md5sum >DEBIAN/md5sums)
	find "$tree" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
	dpkg-deb --root-owner-group -Zxz --build "$tree" "$out/pycshim_${version}_$name.deb" >/dev/null
}

rpm_package() {
	local tree=$work/rpm-$1
	mkdir -p "$tree"
	cat >"$tree/pycshim.spec" <<-END
		Name: pycshim
		Version: $version
		Release: 1
		Summary: $summary
		License: MIT
		AutoReqProv: no
		%description
		$description
		%install
		cp -a $root/. %{buildroot}/
		%files
		%dir /usr/share/doc/pycshim
		$(cd "$root" && find usr -type f | sed 's,^,/,' | sort)
	END
	rpmbuild --quiet -bb --target "$1-linux" --buildroot "$tree/root" \
		-D "_topdir $tree" -D '_build_id_links none' -D '__os_install_post %{nil}' \
		-D 'use_source_date_epoch_as_buildtime 1' -D 'clamp_mtime_to_source_date_epoch 1' \
		-D '_buildhost localhost' -D '_binary_payload w9.gzdio' -D '_rpmdir %{_topdir}' \
		"$tree/pycshim.spec" >"$work/rpm.log" 2>&1 || { cat "$work/rpm.log" >&2 && fail 'rpmbuild fails'; }
	mv "$tree/$1/pycshim-$version-1.$1.rpm" "$out/"
}

# alpine_recipe MACHINE...: what Alpine's abuild makes a package with, from the tarballs
alpine_recipe() {
	local recipe machine name sum
	recipe=$(<"$here/APKBUILD")
	recipe=${recipe//@VERSION@/"$version"}
	recipe=${recipe//@SUMMARY@/"$summary"}
	recipe=${recipe//@MAINTAINER@/"$maintainer"}
	recipe=${recipe//@MACHINES@/"$*"}
	recipe+=$'\n\ncase $CARCH in\n'
	for machine; do
		name=pycshim-$version-linux-$machine.tar.gz
		sum=$(sha512sum "$out/$name")
		recipe+="$machine) sha512sums=\"${sum%% *}  $name\" ;;"$'\n'
	done
	printf '%sesac\n' "$recipe" >"$out/APKBUILD"
}
