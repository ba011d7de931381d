# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # the rest is in tests/bench/run
#
# The row about pycstat image.  Sourced by tests/bench/run.

# The tree is a standard library with its pycs; it is compared with a find that looks at each
# file's size and time, and ten such trees with one.
row_image() {
	local python library number
	heading image 'pycstat image of a standard library'
	python=$(python3_path)
	library=$(clean_env "$python" -I -S -c 'import os; print(os.path.dirname(os.__file__))')
	mkdir -p "$tmpfs/image/one" "$tmpfs/image/ten"
	cp -r "$library" "$tmpfs/image/one"
	rm -rf "$tmpfs/image/one"/*/{site-packages,dist-packages,test}
	clean_env "$python" -m compileall -q "$tmpfs/image/one" >"$TMP/compileall" 2>&1
	for number in 1 2 3 4 5 6 7 8 9 10; do
		cp -a "$tmpfs/image/one" "$tmpfs/image/ten/$number"
	done
	# the code of a stale pyc is not read, so a tree of these would be cheaper
	if ! "$PYCSTAT" image --fail-if 'stale>0' "$tmpfs/image/ten" >"$TMP/ten"; then
		absent 'pycs of the ten trees are stale'
		return
	fi
	compare "$few" 1 find "$tmpfs/image/one" -printf '%s %T@\n' , \
		"$PYCSTAT" image --json "$tmpfs/image/one" , "$PYCSTAT" image --json "$tmpfs/image/ten"
	ratio 'CPU / find' 1
	figure 'pycs a second' "$(calculate \
		"$(find "$tmpfs/image/one" -name '*.pyc' | wc -l) / $(field 1 1) * 1000" %.0f)"
	figure 'memory / with a tenth of the files' \
		"$(calculate "$(field 2 7) / $(field 1 7)")" '<= 1.05' "$(field 2 7) KiB"
	rm -r "$tmpfs/image"
}
