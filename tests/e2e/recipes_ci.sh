#!/bin/bash
# SPDX-License-Identifier: MIT
# The recipes in tools/recipes for pipelines, systemd and development containers: their shell
# lines and variables, run as they are written.  (That of Kubernetes is in tests/dist.)

. "$(dirname "$0")/../lib.sh"
RECIPES=$TOP/tools/recipes
VERSION=$(sed -n 's/#define VERSION_STRING "\(.*\)"/\1/p' "$TOP/include/version.h")
python=$(python3_path)

# tarball NAME: this build, as make dist names and packs it
mkdir -p "$TMP/pack/pycshim/bin" "$TMP/pack/pycshim/lib"
cp "$PYCSHIM" "$PYCSTAT" "$TMP/pack/pycshim/bin/"
cp "$LIB" "$TMP/pack/pycshim/lib/"
tar -C "$TMP/pack" -czf "$TMP/pycshim-$VERSION-linux-x86_64.tar.gz" pycshim
mkdir "$TMP/path"
ln -s "$python" "$TMP/path/python3"

# checkout DIRECTORY: a project, whose files are new each time
checkout() {
	mkdir "$1" && cp "$TMP/pycshim-$VERSION-linux-x86_64.tar.gz" "$1"
	printf 'def double(x):\n    return 2 * x\n' >"$1/arithmetic.py"
	printf 'import unittest\nimport arithmetic\n\n\nclass Test(unittest.TestCase):\n%s\n' \
		'    def test(self): self.assertEqual(arithmetic.double(2), 4)' >"$1/test_arithmetic.py"
}

# pipeline NAME: $TMP/NAME.lines and $TMP/NAME.variables run in two checkouts, of which the second
# gets the store of the first, as the service's cache would give it
pipeline() {
	local name=$1 run place
	for run in first second; do
		place=$TMP/$name-$run
		checkout "$place"
		if [ $run = second ]; then # as many services unpack a cache: with all permissions
			tar -C "$TMP/$name-first" -cf - .pycshim/store | tar -C "$place" -xf -
			chmod -R a+rwX "$place/.pycshim"
		fi
		mapfile -t variables < <(sed "s,PLACE,$place," "$TMP/$name.variables")
		: >"$TMP/github_env"
		(cd "$place" && clean_env PATH="$TMP/path:$SYSTEM_PATH" GITHUB_ENV="$TMP/github_env" "${variables[@]}" \
			bash -e "$TMP/$name.lines") >"$TMP/$name.out" 2>&1
		is $? 0 "${name}_${run}_ends_well" "$(tail -n 15 "$TMP/$name.out")"
		is "$(stat_json "$place/.pycshim/recording" modules "[(m['source'].split('/')[-1], m['compiled'], m['reused'])
			for m in d['modules'] if m['source'].endswith('arithmetic.py')]" --top 0 --sort source)" \
			"$([ $run = first ] && echo '[["arithmetic.py", 1, 0], ["test_arithmetic.py", 1, 0]]' ||
				echo '[["arithmetic.py", 0, 1], ["test_arithmetic.py", 0, 1]]')" "${name}_${run}_shares_bytecode" \
			"$(tail -n 15 "$TMP/$name.out")"
	done
}

for name in github-actions.yml gitlab-ci.yml; do
	is "$(grep -c "pycshim-$VERSION-linux-x86_64.tar.gz" "$RECIPES/$name")" 1 "${name%%-*}_unpacks_this_release"
done

# a step of GitHub's sees what the one before has appended to $GITHUB_ENV
awk '/^      - / { inside = 0 }
	/run: \|/ { inside = 1; print "while read -r line; do export \"$line\"; done <\"$GITHUB_ENV\""; next }
	inside { sub(/^ */, ""); print }' "$RECIPES/github-actions.yml" >"$TMP/github.lines"
sed -n 's/^      \(PYCSHIM_[A-Z]*\): \${{ github.workspace }}/\1=PLACE/p' "$RECIPES/github-actions.yml" >"$TMP/github.variables"
pipeline github
awk '/^  [a-z_]*:/ { inside = /script:/ } inside && /^    - / { sub(/^    - /, ""); print }' \
	"$RECIPES/gitlab-ci.yml" >"$TMP/gitlab.lines"
sed -n 's/^    \(PYCSHIM_[A-Z]*\): \$CI_PROJECT_DIR/\1=PLACE/p' "$RECIPES/gitlab-ci.yml" >"$TMP/gitlab.variables"
pipeline gitlab

# --- systemd ---------------------------------------------------------------------------------

mkdir -p "$TMP/units/app.service.d" "$TMP/app" "$TMP/cache"
cp "$RECIPES/systemd-drop-in.conf" "$TMP/units/app.service.d/"
printf '[Service]\nExecStart=/bin/true\n' >"$TMP/units/app.service"
if PATH=$SYSTEM_PATH command -v systemd-analyze >/dev/null; then
	is "$(SYSTEMD_UNIT_PATH=$TMP/units: SYSTEMD_LOG_LEVEL=warning clean_env SYSTEMD_UNIT_PATH="$TMP/units:" \
		systemd-analyze verify app.service 2>&1 | grep app.service)" '' drop_in_is_verified
else
	skip "no systemd-analyze" drop_in_is_verified
fi
echo 'x = 1' >"$TMP/app/fresh.py"
mkdir -m 700 "$TMP/cache/app-pycshim" # CacheDirectory=
is "$(sed -n 's/^CacheDirectory=//p' "$RECIPES/systemd-drop-in.conf")" %p-pycshim drop_in_has_its_directory
mapfile -t variables < <(sed -n 's/^Environment=//p' "$RECIPES/systemd-drop-in.conf" |
	sed "s,/usr/local/lib/libpycshim.so,$LIB,; s,%C,$TMP/cache,; s,%p,app,")
for run in 1 2; do clean_env "${variables[@]}" PYTHONPATH="$TMP/app" "$python" -c 'import fresh'; done
is "$(stat_json "$TMP/cache/app-pycshim/recording" modules "[(m['compiled'], m['hits']) for m in d['modules']
	if m['source'].endswith('/fresh.py')]" --top 0) $(ls "$TMP/app")" '[[1, 1]] fresh.py' drop_in_keeps_pycs_in_the_cache

# --- a development container --------------------------------------------------------------------

helper -c 'import json, sys
recipe = json.load(open(sys.argv[1]))
target, = [part[7:] for mount in recipe["mounts"] for part in mount.split(",") if part.startswith("target=")]
print(target)
print(recipe["onCreateCommand"])
for item in recipe["remoteEnv"].items():
    print("%s=%s" % item)' "$RECIPES/devcontainer.json" >"$TMP/said"
mapfile -t said < <(sed "s,/var/cache/pycshim,$TMP/volume,; s,/usr/local/lib/libpycshim.so,$LIB," "$TMP/said")
mkdir "${said[0]}"
sh -c "${said[1]}"
for run in 1 2; do
	rm -rf "$TMP/app/__pycache__"
	clean_env "${said[@]:2}" PYCSHIM_RECORD="$TMP/recording" PYTHONPATH="$TMP/app" "$python" -c 'import fresh'
done
is "$(stat_json "$TMP/recording" modules "[(m['compiled'], m['reused']) for m in d['modules']
	if m['source'].endswith('/fresh.py')]" --top 0)" '[[1, 1]]' development_container_shares_bytecode
