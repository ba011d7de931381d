#!/bin/bash
# SPDX-License-Identifier: MIT
# pycshim --bake: the copied pycs are hits in the target tree, nothing else in that tree
# changes, and a hostile shadow or target does no harm.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/shadow.bash"

cd "$TMP" || exit 1
IMAGE=$TMP/image

# make_image: make a root directory that contains the tree, with unusual modes and owners
make_image() {
	rm -rf "$IMAGE"
	mkdir -p "$IMAGE$TREE"
	cp -a "$TREE/." "$IMAGE$TREE/"
	find "$IMAGE" -name '*.py[co]' -delete
	find "$IMAGE" -name __pycache__ -delete
	chmod 755 "$IMAGE"
	chmod 2750 "$IMAGE$TREE/pkg"
	! is_root || chown 1234:4321 "$IMAGE$TREE/pkg"
}

# modes DIRECTORY: list the modes and owners of everything but bytecode
modes() { (cd "$1" && find . \( -name __pycache__ -prune \) -o ! -name '*.py[co]' -printf '%M %U:%G %p\n' | sort -k 3); }

# pycs DIRECTORY: list the pycs with their inode numbers and times
pycs() { (cd "$1" && find . -name '*.py[co]' -printf '%i %T@ %p\n' | sort -k 3); }

# bakes NAME WANTED_STATUS REGEX [OPTION...]: check the status and output of --bake
bakes() {
	clean_env "$PYCSHIM" --root "$SHADOW" --bake "$IMAGE" "${@:4}" >out 2>err
	is "$?" "$2" "bake_${1}_gives_$2" "$(cat out err)"
	like "$(cat out err)" "$3" "bake_${1}_says_so"
}

for python in $(pythons); do
	py_info "$python"
	make_tree
	start "$TMP/recording" >/dev/null
	make_image
	modes "$IMAGE" >before
	bakes "$py_name" 0 "^6 files, [0-9]+ bytes, copied from $SHADOW into $IMAGE"
	modes "$IMAGE" >after
	same "bake_${py_name}_leaves_the_rest_as_it_is" after before
	pycs "$IMAGE" >before
	is "$(wc -l <before)" 6 "bake_${py_name}_copies_every_pyc"
	clean_env "$python" "${py_flags[@]}" -c "${program//$TREE/$IMAGE$TREE}" >out
	is "$(cat out)" "$printed" "bake_${py_name}_program_runs"
	pycs "$IMAGE" >after
	same "bake_${py_name}_pycs_are_hits" after before
	rm -f recording
	clean_env LD_PRELOAD="$LIB" PYCSHIM_RECORD="$TMP/recording" PYCSHIM_ONLY="$IMAGE" \
		"$python" "${py_flags[@]}" -c "${program//$TREE/$IMAGE$TREE}" >/dev/null
	is "$(totals recording)" '(6, 6, 0, 0, 0)' "bake_${py_name}_pycs_are_hits_for_the_library"
done

python=$(python3_path)
py_info "$python"
make_tree
start "$TMP/recording" >/dev/null
make_image
bakes again 0 '^6 files'
bakes once_more 0 '^6 files'
cache=$IMAGE$TREE/pkg/__pycache__
is "$(stat -c '%a %u:%g' "$cache")" "$(stat -c '%a %u:%g' "$IMAGE$TREE/pkg")" bake_cache_has_the_mode_and_owner_of_its_directory
is "$(stat -c '%a %u:%g' "$cache/a.$py_tag.pyc")" "644 $(stat -c %u:%g "$cache")" bake_pyc_has_mode_644_and_the_owner_of_its_directory
is "$(stat -c %Y "$cache/a.$py_tag.pyc")" "$(stat -c %Y "$TREE/pkg/a.py")" bake_pyc_has_the_time_of_its_source
is "$(find "$IMAGE" -name '.pycshim*')" '' bake_leaves_no_temporary_name
make_image
clean_env PYCSHIM_ROOT="$SHADOW" "$PYCSHIM" --bake "$IMAGE" >out
like "$(cat out)" '^6 files' bake_takes_the_root_from_the_variable
mkdir -m 700 run
cp -a "$SHADOW" state-shadow
mkdir -m 700 run/pycshim
mv state-shadow run/pycshim/shadow
make_image
clean_env XDG_RUNTIME_DIR="$TMP/run" "$PYCSHIM" --bake "$IMAGE" >out
like "$(cat out)" "^6 files, .* from $TMP/run/pycshim/shadow into" bake_takes_the_default_shadow

# pycs that do not match their source are skipped
make_image
echo 'value = "other"' >"$IMAGE$TREE/pkg/a.py"
touch "$IMAGE$TREE/pkg/b.py"
rm -r "$IMAGE$TREE/pkg/sub"
bakes of_other_sources 0 '^2 files.*4 skipped: their source is not there, or is another'
is "$(ls "$cache")" "__init__.$py_tag.pyc"$'\n'"c.$py_tag.pyc" bake_of_other_sources_copies_the_rest
check bake_makes_no_directory_of_sources test ! -e "$IMAGE$TREE/pkg/sub"
# a source of the same time and size is another one by its content
rm -rf "$SHADOW"
make_tree
start "$TMP/recording" >/dev/null
make_image
size=$(stat -c %s "$IMAGE$TREE/pkg/a.py") time=$(stat -c %y "$IMAGE$TREE/pkg/a.py")
tr a-y b-z <"$TREE/pkg/a.py" >"$IMAGE$TREE/pkg/a.py"
touch -d "$time" "$IMAGE$TREE/pkg/a.py"
is "$(stat -c '%s %y' "$IMAGE$TREE/pkg/a.py")" "$size $time" bake_has_a_source_of_the_same_time_and_size
bakes of_another_content 0 '^5 files.*1 skipped: their source'
check bake_copies_no_pyc_of_another_content test ! -e "$IMAGE$TREE/pkg/__pycache__/a.$py_tag.pyc"
rm -rf "$SHADOW"
make_tree
start "$TMP/recording" >/dev/null
# hash-based pycs: the interpreter checks one kind itself, and nothing checks the other
if [ "$py_minor" -ge 7 ]; then
	for kind in checked unchecked; do
		rm -rf "$SHADOW"
		redirected "$TMP/recording" "$python" "${py_flags[@]}" -m compileall -q --invalidation-mode $kind-hash "$TREE/pkg/a.py"
		make_image
		bakes "of_${kind}_hash" 0 "^$([ $kind = checked ] && echo 1 file, || echo 0 files.*1 skipped)"
	done
fi

# --- only bytecode ---------------------------------------------------------------------------

make_tree
start "$TMP/recording" >/dev/null
make_image
shadowed=$SHADOW$TREE/pkg
echo other >"$shadowed/__pycache__/native.c"
echo half >"$shadowed/__pycache__/a.$py_tag.pyc.140737"
echo own >"$shadowed/__pycache__/.pycshim-123"
echo text >"$shadowed/notes.txt"
echo 'evil = 1' >"$shadowed/evil.py"
mkdir "$shadowed/__pycache__/deeper" "$shadowed/new"
echo deeper >"$shadowed/__pycache__/deeper/x.$py_tag.pyc"
ln -s "a.$py_tag.pyc" "$shadowed/__pycache__/link.$py_tag.pyc"
ln -s "whiteout.$py_tag.pyc" "$shadowed/__pycache__/whiteout.$py_tag.pyc"
ln -s /etc "$shadowed/etc"
mkfifo "$shadowed/__pycache__/fifo.$py_tag.pyc"
bakes of_more_than_bytecode 0 '^7 files'
is "$(cd "$IMAGE$TREE/pkg" && find . -not -name '*.py' | sort | tr '\n' ' ')" \
	". ./__pycache__ $(for name in __init__ a b c; do printf './__pycache__/%s ' "$name.$py_tag.pyc"; done)./__pycache__/native.c ./sub ./sub/__pycache__ ./sub/__pycache__/__init__.$py_tag.pyc ./sub/__pycache__/d.$py_tag.pyc " \
	bake_copies_bytecode_alone
# names may have any bytes if their sources exist
make_image
odd=$'od\n\033[31m\377 d'
echo 'x = 5' >"$IMAGE$TREE/pkg/$odd.py"
cp -p "$IMAGE$TREE/pkg/$odd.py" "$TREE/pkg/"
redirected "$TMP/recording" "$python" "${py_flags[@]}" -c '
import py_compile, sys
py_compile.compile(sys.argv[1], doraise=True)' "$TREE/pkg/$odd.py"
bakes of_any_name 0 '^8 files'
check bake_copies_a_name_of_any_bytes test -s "$cache/$odd.$py_tag.pyc"
mkdir "$cache/hold"
rm "$cache/$odd.$py_tag.pyc"
mv "$cache/hold" "$cache/$odd.$py_tag.pyc"
bakes of_a_name_that_is_a_directory 125 '^7 files'
is "$(LC_ALL=C tr -d '[:print:]\n' <err | wc -c) $(wc -l <err)" '0 1' bake_prints_a_name_of_any_bytes_in_one_plain_line

# --- links in the target ----------------------------------------------------------------------

mkdir outside
make_image
rm -r "$IMAGE$TREE/pkg/sub"
cp -a "$TREE/pkg/sub" outside/
ln -s "$TMP/outside/sub" "$IMAGE$TREE/pkg/sub"
mkdir outside/cache
ln -s "$TMP/outside/cache" "$IMAGE$TREE/pkg/__pycache__"
bakes into_links 125 '0 files'
is "$(find outside -name '*.pyc')" '' bake_follows_no_link_out_of_the_target
# as in many images, lib is a symlink to usr/lib, absolute or relative
up=$(dirname "$TMP" | sed 's,/[^/]*,../,g')
for link in /usr/lib "${up}usr/lib"; do
	make_image
	mkdir -p "$IMAGE/usr"
	mv "$IMAGE$TMP" "$IMAGE/usr/lib"
	ln -s "$link" "$IMAGE$TMP"
	bakes "through_the_images_link_to_${link}" 0 '^8 files'
done

# without openat2(2) (before Linux 5.6, in old sandboxes) no symlink is followed
if command -v strace >/dev/null && strace -qq -o /dev/null -e inject=openat2:error=ENOSYS true 2>/dev/null; then
	for error in ENOSYS EPERM; do
		old_kernel() {
			clean_env strace -qq -o /dev/null -e "inject=openat2:error=$error" \
				"$PYCSHIM" --root "$SHADOW" --bake "$IMAGE" >out 2>err
		}
		old_kernel
		like "$? $(cat err)" '^125 .*: Too many levels of symbolic links' \
			"bake_through_a_link_without_openat2_${error}_is_named"
		make_image
		old_kernel
		like "$? $(cat out err)" '^0 8 files' "bake_without_openat2_${error}_copies"
		rm -r "$IMAGE$TREE/pkg/sub"
		ln -s "$TMP/outside/sub" "$IMAGE$TREE/pkg/sub"
		old_kernel
		is "$(find outside -name '*.pyc')" '' "bake_without_openat2_${error}_follows_no_link"
	done
else
	skip "no strace that changes results" bake_without_openat2
fi

# --- shadows that are not to be trusted ------------------------------------------------------------

make_image
chmod 777 "$SHADOW"
bakes of_an_open_shadow 125 'can be written by others'
is "$(find "$IMAGE" -name '*.pyc')" '' bake_of_an_open_shadow_copies_nothing
chmod 700 "$SHADOW"
if is_root; then
	chown 65534 "$shadowed/__pycache__/a.$py_tag.pyc"
	bakes of_a_strangers_file 125 'a\..*: Operation not permitted'
	check bake_of_a_strangers_file_copies_it_not test ! -e "$cache/a.$py_tag.pyc"
	# the owner of the shadow is trusted, but symlinks to files of others are not
	# followed
	chown -R 65534 "$SHADOW"
	echo secret >secret
	chmod 600 secret
	ln secret "$shadowed/__pycache__/secret.txt"
	bakes of_a_link_to_roots_file 125 'secret.txt: Operation not permitted'
	check bake_of_anothers_shadow_copies_its_pycs test -s "$cache/a.$py_tag.pyc"
	check bake_copies_no_hard_link_to_roots_file test ! -e "$cache/secret.txt"
	# a user who may not give a file the target's group keeps the user's own group
	make_image
	chown -R 65534:65534 "$IMAGE"
	chown 65534:1 "$IMAGE$TREE/pkg"
	rm "$shadowed/__pycache__/secret.txt"
	chmod 755 "$TMP"
	setpriv --reuid=65534 --regid=65534 --clear-groups env -i "$PYCSHIM" --root "$SHADOW" --bake "$IMAGE" >out 2>err
	is "$? $(cat err)" '0 ' bake_by_a_user_succeeds
	is "$(stat -c '%a %u' "$cache/a.$py_tag.pyc")" '644 65534' bake_by_a_user_who_cannot_give_the_group_copies
else
	skip "needs root" bake_of_a_strangers_file
fi

# --- mistakes --------------------------------------------------------------------------------------

clean_env "$PYCSHIM" --root "$SHADOW" --bake /nonexistent >out 2>&1
is "$? $(cat out)" '125 pycshim: /nonexistent: No such file or directory' bake_into_nothing_is_our_failure
clean_env "$PYCSHIM" --root /nonexistent --bake "$IMAGE" >out 2>&1
is "$? $(cat out)" '125 pycshim: shadow /nonexistent: No such file or directory' bake_of_nothing_is_our_failure
clean_env "$PYCSHIM" --bake "$IMAGE" python3 >out 2>&1
is "$?" 64 bake_with_a_command_is_wrong_usage
clean_env "$PYCSHIM" --bake >out 2>&1
is "$?" 64 bake_without_a_target_is_wrong_usage
