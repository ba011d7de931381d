#!/bin/bash
# SPDX-License-Identifier: MIT
# The union view compared with the kernel's, with tools that Python programs start: each
# command line has the same output and leaves the same files on an overlayfs and under the
# library.

. "$(dirname "$0")/../lib.sh"

is_root || skip_all "mounting an overlay needs root"
can_mount || skip_all "no mounts here"
python=/usr/bin/python3
[ -x "$python" ] || skip_all "no $python"

make_lower() {
	local package name
	rm -rf lower
	mkdir -p lower/fresh
	for package in pkg pkg/sub other; do
		mkdir -p "lower/$package/__pycache__"
		echo "x = 1" >"lower/$package/a.py"
		for name in a b c; do head -c 300 /dev/zero >"lower/$package/__pycache__/$name.cpython-311.pyc"; done
	done
	mkdir -p lower/pkg/__pycache__/deep
	echo y >lower/pkg/__pycache__/deep/data.nbi
	find lower -exec touch -d 2015-01-01 {} +
}

# play DIRECTORY COMMAND [NAME=VALUE...]: add some pycs, remove one, run the command, and
# list the remaining files
play() {
	local directory=$1 command=$2
	shift 2
	(cd "$directory" && clean_env LC_ALL=C "$@" "$python" -I -S -B -c '
import os, subprocess, sys
for package in "pkg", "pkg/sub", "fresh":
    os.makedirs(package + "/__pycache__", exist_ok=True)
    for name in "a", "n1", "n2":
        with open("%s/__pycache__/%s.cpython-311.pyc" % (package, name), "w") as file:
            file.write(name * 100)
os.unlink("other/__pycache__/b.cpython-311.pyc")
done = subprocess.run(sys.argv[1], shell=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
print(done.returncode, done.stdout.decode(errors="replace"))
for path, directories, names in os.walk("."):
    directories.sort()
    for name in sorted(names):
        status = os.lstat(os.path.join(path, name))
        print(path, name, oct(status.st_mode), status.st_size)
    print(path, directories)' "$command" 2>&1) | sed "s|$PWD/$directory|WHERE|g"
}

compare() {
	local command
	mount -t tmpfs tmpfs "$TMP/world" && cd "$TMP/world" || return 1
	while read -r command; do
		make_lower
		rm -rf upper work shadow out && mkdir -p upper work merged seen out
		mount -t overlay overlay -o lowerdir=lower,upperdir=upper,workdir=work merged || return 1
		play merged "$command" >"$TMP/overlay"
		umount merged
		rm -rf out && mkdir out
		mount --bind lower seen && mount -o remount,bind,ro seen || return 1
		play seen "$command" LD_PRELOAD="$LIB" PYCSHIM_MODE=redirect PYCSHIM_RECORD=off \
			PYCSHIM_ROOT="$PWD/shadow" >"$TMP/union"
		umount seen
		cmp -s "$TMP/overlay" "$TMP/union" && continue
		printf '%s\n' "$command" "$(diff "$TMP/overlay" "$TMP/union" | head -n 6)"
		return 1
	done
}

if [ "${1:-}" = inside ]; then
	mkdir "$TMP/world"
	compare
	status=$?
	cd / && umount "$TMP/world"
	exit $status
fi

# tools NAME: compare the command lines on standard input
tools() { check "$1" unshare -m -- bash "$0" inside; }

tools removing_is_as_on_overlayfs <<'END'
find . -name '*.pyc' -delete; find . | sort
find . -depth -name __pycache__ -exec rm -rf {} +; find . | sort
rm -rf pkg/__pycache__ && ls -A pkg/__pycache__; mkdir pkg/__pycache__ && ls -A pkg/__pycache__
rm -rf fresh/__pycache__ pkg/sub/__pycache__; ls fresh pkg/sub
tar cf /dev/null --remove-files pkg/__pycache__; find pkg | sort
perl -e 'opendir D, "pkg/__pycache__"; unlink map "pkg/__pycache__/$_", readdir D; rewinddir D; print sort readdir D'
for i in $(seq 500); do : >pkg/__pycache__/m$i.pyc; done; rm -rf pkg/__pycache__; ls pkg/__pycache__
END
tools copying_and_renaming_are_as_on_overlayfs <<'END'
tar cf - . | tar tf - | sort
cp -r pkg/__pycache__/. other/__pycache__/ && ls -A other/__pycache__
cp -a pkg/__pycache__ ../out && find ../out -type f -printf '%P %s %m\n' | sort
mv pkg/__pycache__/n1.cpython-311.pyc pkg/__pycache__/n9.cpython-311.pyc && ls -A pkg/__pycache__
mv fresh/__pycache__ other/__pycache__/x; find other fresh | sort
ln pkg/__pycache__/a.cpython-311.pyc pkg/__pycache__/h.pyc && stat -c %h pkg/__pycache__/h.pyc
git init -q ../out/g && cp -r pkg ../out/g && cd ../out/g && git add -A && git clean -fdxq && git ls-files
END
tools changing_is_as_on_overlayfs <<'END'
chmod -R go-rwx pkg/__pycache__; find pkg/__pycache__ -printf '%P %m\n' | sort
touch -d 2020-01-01 pkg/__pycache__/*; stat -c '%n %Y' pkg/__pycache__/*
dd if=/dev/zero of=pkg/__pycache__/b.cpython-311.pyc bs=10 count=3 conv=notrunc status=none
truncate -s 5 pkg/__pycache__/c.cpython-311.pyc; stat -c %s pkg/__pycache__/*
END
tools current_directory_in_a_cache_is_as_on_overlayfs <<'END'
cd pkg/__pycache__ && ls -A && pwd -P && /bin/pwd && ls -A .. ../sub/../__pycache__ && cat ../a.py
cd pkg/__pycache__/deep && ls -A . .. ../.. && head -c 3 ../../sub/a.py && rm ../a.cpython-311.pyc
cd fresh/__pycache__ && ls -aR . ../../pkg && cd .. && ls -A && /bin/pwd
cd pkg/__pycache__ && rm -rf ../__pycache__; ls -A; touch q.pyc
ls -a fresh/__pycache__/.. && stat -c %F fresh/__pycache__/.. && ls fresh/none/..
ls -lR . | grep -c pyc
END
tools slashes_behind_names_are_as_on_overlayfs <<'END'
rm pkg/__pycache__/a.cpython-311.pyc/; rm pkg/__pycache__/n1.cpython-311.pyc/.; rm pkg/__pycache__/none.pyc/
mv pkg/__pycache__/n1.cpython-311.pyc/ pkg/__pycache__/q.pyc; mv -T pkg/__pycache__/n1.cpython-311.pyc pkg/__pycache__/q.pyc/
cat pkg/__pycache__/a.cpython-311.pyc/ pkg/__pycache__/n1.cpython-311.pyc/; : >pkg/__pycache__/n3.pyc/
mkdir pkg/__pycache__/d.pyc/ && rmdir pkg/__pycache__/d.pyc//; rmdir pkg/__pycache__/; mkdir fresh/x/__pycache__/
touch pkg/__pycache__/n1.cpython-311.pyc/; chmod 600 pkg/__pycache__/a.cpython-311.pyc/; stat -c %s pkg/__pycache__/n1.cpython-311.pyc/
END
