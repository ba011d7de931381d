#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The launcher: options and their variables, LD_PRELOAD, every exit status, what COMMAND
# inherits, --print-env.  See also launcher_summary.sh and launcher_check.sh.

. "$(dirname "$0")/../lib.sh"

cd "$TMP" || exit 1

# run COMMAND...: run it, and set out, err and status.
run() {
	clean_env "$@" >"$TMP/out" 2>"$TMP/err" </dev/null
	status=$?
	out=$(cat "$TMP/out")
	err=$(cat "$TMP/err")
}

# refuses NAME REGEX OPTION...: the status is 64, one line and a hint are printed, and
# COMMAND does not run.
refuses() {
	local name=$1 regex=$2
	shift 2
	run "$PYCSHIM" "$@"
	is "$status: $out: $(wc -l <"$TMP/err") $(tail -n 1 "$TMP/err")" "64: : 2 Try 'pycshim --help'." \
		"${name}_is_wrong_usage" "$err"
	like "$err" "^pycshim: .*$regex" "${name}_is_named"
}

# passes VARIABLE WANT OPTION...: COMMAND sees the variable with that value.
passes() {
	local variable=$1 want=$2
	shift 2
	run "$PYCSHIM" "$@" -- sh -c "printf %s \"\${$variable-unset}\""
	is "$status $out" "0 $want" "option_$1_${2:-empty}_sets_$variable" "$err"
}

# --- options -------------------------------------------------------------------------

: >file
printf PYC >short
printf 'PYC\001rest' >old
mkdir directory
refuses command_missing 'no COMMAND'
refuses command_missing_after_options 'no COMMAND' -m trace --
refuses option_unknown "unknown option '--wat'" --wat true
refuses option_unknown_letter "unknown option '-z'" -z true
refuses option_unknown_letter_in_group "unknown option '-z'" -sz true
refuses option_without_argument "option '-m' needs a value" -m
refuses option_without_argument_in_group "option '-m' needs a value" -sm
refuses option_long_without_argument "option '--mode' needs a value" --mode
refuses option_with_unwanted_argument "option '--check=1' takes no value" --check=1 true
refuses option_unknown_letter_behind_a_long_option "unknown option '-z'" --check -z true
refuses option_ambiguous "option '--rec' is ambiguous: '--record', '--record-max'" --rec /tmp true
refuses option_ambiguous_with_a_value "option '--pri=1' is ambiguous: '--print-env', '--print-lib'" --pri=1 true
refuses mode_unknown "--mode 'tracee': not a mode" -m tracee true
refuses mode_upper_case 'not a mode' -m TRACE true
refuses root_of_everything "the whole file system" -r // true
refuses root_empty "empty" -r '' true
refuses root_plain_file "Not a directory" -r "$TMP/file" true
refuses root_too_long 'longer than a path' -r "/$(printf '%05000d' 0)" true
refuses record_directory "Is a directory" -o "$TMP/directory" true
refuses record_relative_directory "Is a directory" -o directory true
echo text >text
refuses record_that_is_none "text': is a file, but no recording; name another one" -o text true
refuses record_that_is_short "file, but no recording" -o "$TMP/short" true
is "$(cat text)" text record_that_is_none_is_left_alone
refuses record_in_no_directory "does not exist" -o "$TMP/none/recording" true
refuses record_too_long 'longer than a path' -o "$(printf '%05000d' 0)" true
refuses root_and_record_same 'same path' -r "$TMP/x" -o "$TMP/x/" true
refuses store_of_everything "the whole file system" --store // true
refuses store_plain_file "store '$TMP/file': Not a directory" --store file true
refuses store_too_long 'longer than a path' --store "/$(printf '%05000d' 0)" true
refuses store_that_is_the_shadow 'store .* is in the shadow tree' -r "$TMP/x" --store x/ true
refuses store_in_the_shadow 'store .* is in the shadow tree' -r "$TMP/x" --store x/y/z true
refuses store_around_the_shadow 'shadow tree .* is in the store' -r "$TMP/x/y" --store x true
refuses record_in_the_store 'recording .* is in the store' -o "$TMP/x/r" --store x true
refuses store_max_unknown 'not a size' --store "$TMP/x" --store-max off true
refuses root_max_unknown 'not a size' -m redirect --root-max much true
refuses wait_unknown 'not a number of milliseconds' --wait 2s true
refuses wait_too_long 'more than a minute' --wait 60001 true
refuses processes_unknown 'neither python nor all' --processes perl true
refuses debug_unknown 'not a list of topics' --debug config,wat true
refuses summary_with_check 'goes with a COMMAND' -s --check true
refuses summary_with_mode_off 'mode is off' -s -m off true
refuses summary_without_recording 'recording is off' -s -o off true
refuses print_env_with_command 'take no COMMAND' --print-env true
refuses print_lib_with_command 'take no COMMAND' --print-lib true
refuses check_without_command 'no COMMAND' --check
for size in '' 0 -1 64T 64KB 64+ K 1.5M 0x10 99999999999999999999 18446744073709551615K ' 1'; do
	refuses "record_max_'${size// /_}'" 'not a size' --record-max "$size" true
done
if is_root; then
	install -d -m 755 "$TMP/owned"
	unprivileged env -i "$PYCSHIM" -o "$TMP/owned/recording" true 2>err
	is "$? $(head -n 1 err)" \
		"64 pycshim: --record '$TMP/owned/recording': Permission denied" \
		record_unwritable_is_wrong_usage
else
	skip "needs root" record_unwritable_is_wrong_usage
fi

passes PYCSHIM_MODE redirect -m redirect
passes PYCSHIM_MODE deny --mode=deny
for word in off 0 no ''; do passes PYCSHIM_MODE off -m "$word"; done
for word in off 0 no '' /dev/null; do passes PYCSHIM_RECORD off -o "$word"; done
passes PYCSHIM_ROOT "$TMP/shadow" -r "$TMP/shadow"
passes PYCSHIM_ROOT "$TMP/directory" --root "$TMP/directory"
passes PYCSHIM_ROOT "$TMP/shadow" -r shadow
passes PYCSHIM_RECORD "$TMP/recording" -o "$TMP/recording"
passes PYCSHIM_RECORD "$TMP/recording" --record recording
passes PYCSHIM_RECORD "$TMP/old" -o old
passes PYCSHIM_RECORD "$TMP/file" -o file
passes PYCSHIM_RECORD_MAX 4K --record-m 4K
passes PYCSHIM_RECORD "$TMP/./directory/r" -o ./directory/r
for size in 1 4095 3K; do
	refuses "record_max_$size" 'too small' --record-max $size true
done
for size in 4096 4K 64K 64k 64M 2G; do passes PYCSHIM_RECORD_MAX $size --record-max $size; done
passes PYCSHIM_PROCESSES all --processes all
passes PYCSHIM_PROCESSES python --processes python
passes PYCSHIM_ONLY '/app/*:/srv/a b' --only '/app/*:/srv/a b'
passes PYCSHIM_WRITE 1 -w
passes PYCSHIM_WRITE 1 --write
refuses write_with_an_argument 'write' --write=off true
passes PYCSHIM_STORE "$TMP/store" --store store
passes PYCSHIM_STORE "$TMP/directory" --store "$TMP/directory"
for word in off 0 no ''; do passes PYCSHIM_STORE off --store "$word"; done
passes PYCSHIM_STORE_MAX 2G --store "$TMP/store" --store-max 2G
passes PYCSHIM_ROOT_MAX 64M -m redirect --root-max 64M
passes PYCSHIM_ROOT_MAX off -m redirect --root-max no
passes PYCSHIM_WAIT 0 --wait 0
passes PYCSHIM_WAIT 500 -m redirect --wait 500
passes PYCSHIM_SKIP '/usr/*' --skip '/usr/*'
passes PYCSHIM_DEBUG config,all --debug config,all
passes PYCSHIM_DEBUG 0 --debug 0
passes PYCSHIM_MODE deny -m trace -m deny

run PYCSHIM_MODE=deny "$PYCSHIM" -m trace sh -c 'echo $PYCSHIM_MODE'
is "$out, $err" "trace, pycshim: --mode trace goes before PYCSHIM_MODE=deny" \
	option_and_variable_option_wins_and_says_so
run PYCSHIM_MODE=trace "$PYCSHIM" -m trace sh -c 'echo $PYCSHIM_MODE'
is "$out$err" trace option_and_equal_variable_is_silent
run PYCSHIM_ROOT="$TMP/x" "$PYCSHIM" -o "$TMP/x" true
is "$status" 64 root_variable_and_record_option_same_is_wrong_usage
run "$PYCSHIM" -r "$TMP/x" true
is "$status $err" "0 pycshim: --root has no effect in mode trace (-m redirect?)" \
	root_in_another_mode_is_told
run PYCSHIM_MODE=redirect "$PYCSHIM" -r "$TMP/x" true
is "$status$err" 0 root_in_mode_redirect_is_silent
run PYCSHIM_ROOT="$TMP/x" "$PYCSHIM" --store "$TMP/x/store" true
is "$status" 64 root_variable_and_store_option_within_is_wrong_usage

# hints NAME REGEX OPTION...: COMMAND runs, and one line says what is probably wrong.
hints() {
	local name=$1 regex=$2
	shift 2
	run "$PYCSHIM" "$@" true
	is "$status $(wc -l <"$TMP/err")" "0 1" "${name}_runs_and_is_told" "$err"
	like "$err" "^pycshim: $regex" "${name}_is_explained"
}
hints store_in_mode_off '--store has no effect in mode off' -m off --store "$TMP/s"
hints store_max_without_a_store '--store-max has no effect without a store' --store-max 1G
hints store_max_with_store_off '--store-max has no effect' --store off --store-max 1G
hints root_max_in_another_mode '--root-max has no effect in mode deny' -m deny --root-max 1G
hints wait_without_effect '--wait has no effect without redirect or a store' --wait 100
run PYCSHIM_STORE="$TMP/s" "$PYCSHIM" --store-max 1G --wait 100 true
is "$status$err" 0 wait_and_store_max_with_a_store_are_silent
run "$PYCSHIM" -m redirect --wait 100 --root-max 1G true
is "$status$err" 0 wait_and_root_max_in_mode_redirect_are_silent
run PYCSHIM_SKIP=/a OTHER=1 "$PYCSHIM" -m trace sh -c 'echo $PYCSHIM_SKIP $OTHER'
is "$out$err" "/a 1" variables_without_option_stay
run PYCSHIM_INHERITED=off PYCSHIM_CHECK=9 "$PYCSHIM" \
	sh -c 'echo ${PYCSHIM_INHERITED-clean} ${PYCSHIM_CHECK-clean}'
is "$out" "clean clean" internal_variables_of_an_outer_run_are_removed
run "$PYCSHIM" env
is "$(grep -c ^PYCSHIM_ "$TMP/out")" 0 no_option_sets_no_variable

# --- printing ------------------------------------------------------------------------

run "$PYCSHIM" --help
is "$status" 0 help_succeeds
is "$(awk 'length > 80' out)" "" help_fits_80_columns
for variable in $(grep -o '"PYCSHIM_[A-Z_]*"' "$TOP/include/environment.def" | tr -d '"'); do
	like "$out" "$variable," "help_names_$variable"
done
manual=$(tr -d '\134' <"$TOP/tools/pycshim.1")
for word in $(grep -o '^ *--[a-z-]*\|PYCSHIM_[A-Z_]*' "$TMP/out") --record --mode --root; do
	like "$manual" "$word\b" "manual_names_$word"
done
grep -hoE '"[^"]*; (nothing is (recorded|redirected)|not used|no more pycs are kept)"' \
	"$TOP"/preload/*/*.c | tr -d '"' | sort -u >messages
while IFS= read -r message; do
	is "$(grep -cF -- "$message" <<<"$manual")" 1 "manual_explains_${message// /_}"
done <messages
check messages_are_many test "$(wc -l <messages)" -ge 15
for title in ENVIRONMENT FILES DIAGNOSTICS; do
	like "$manual" ".SH $title" "manual_has_$title"
done
like "$manual" "\"$("$PYCSHIM" --version | sed 's/ (.*//')\"" manual_is_of_this_version
run "$PYCSHIM" -h
like "$out" '^usage: pycshim' help_by_letter_prints_usage
run "$PYCSHIM" --version
version=$(sed -n 's/#define VERSION_STRING "\(.*\)"/\1/p' "$TOP/include/version.h")
like "$out" "^pycshim ${version//./\\.} \((commit [0-9a-f]+.*|unknown commit)\)$" version_is_the_projects
run "$PYCSHIM" --print-lib
is "$out" "$LIB" print_lib_prints_the_path
(cd / && ln -s "$PYCSHIM" "$TMP/link" && clean_env "$TMP/link" --print-lib >"$TMP/out")
is "$(cat out)" "$LIB" print_lib_through_a_link_finds_the_real_neighbour
run sh -c '"$0" --print-lib >/dev/full' "$PYCSHIM"
is "$status" 125 standard_output_full_is_our_failure

run "$PYCSHIM" --print-env
is "$out" "LD_PRELOAD=$LIB" print_env_without_options_preloads
run "$PYCSHIM" -m redirect -r /nowhere/shadow -o /nowhere/r --print-env
is "$out" "LD_PRELOAD=$LIB
PYCSHIM_MODE=redirect
PYCSHIM_ROOT=/nowhere/shadow
PYCSHIM_RECORD=/nowhere/r" print_env_prints_the_options
run "$PYCSHIM" --store /nowhere/store --store-max 2G --wait 0 --print-env
is "$out" "LD_PRELOAD=$LIB
PYCSHIM_STORE=/nowhere/store
PYCSHIM_STORE_MAX=2G
PYCSHIM_WAIT=0" print_env_prints_the_options_of_the_store
run "$PYCSHIM" -m deny --only '/app/*:/srv' --print-env
got=$(eval "export $out" && clean_env sh -c 'echo "$0"' "$PYCSHIM_ONLY")
is "$got" '/app/*:/srv' print_env_is_read_by_export
# shellcheck disable=SC2016 # every character that is special to somebody
nasty='/a b/$HOME/`id`/"q"/it'\''s/\n/#;&|<>(~)!'
run "$PYCSHIM" --only "$nasty" --print-env
printf '%s\n' "$out" >assignments
# shellcheck disable=SC2016
got=$(env -i sh -c '. ./assignments; printf %s "$PYCSHIM_ONLY"')
is "$got" "$nasty" print_env_of_special_characters_is_read_back_by_a_shell

# --- LD_PRELOAD ----------------------------------------------------------------------

# merges NAME EXISTING WANT
merges() {
	run LD_PRELOAD="$2" "$PYCSHIM" --print-env
	is "$(sed -n s/^LD_PRELOAD=//p "$TMP/out" | tr -d "'")" "$3" "preload_$1"
}
OTHER=$TMP/libother.so
gcc -shared -o "$OTHER" -xc - </dev/null
asan=$(gcc -print-file-name=libasan.so)
asan=$(readlink -f "$asan")
merges of_nothing_is_ours '' "$LIB"
merges of_blanks_is_ours ' : ' "$LIB"
merges of_another_puts_ours_first "$OTHER" "$LIB:$OTHER"
merges of_two_keeps_their_order "$OTHER b.so" "$LIB:$OTHER:b.so"
merges of_ours_changes_nothing "$LIB" "$LIB"
merges of_ours_behind_another_changes_nothing "$OTHER $LIB" "$OTHER $LIB"
merges of_ours_twice_keeps_one "$LIB:$OTHER:$LIB" "$LIB:$OTHER"
merges of_another_copy_of_ours_replaces_it "/x/libpycshim.so:$OTHER" "$LIB:$OTHER"
merges of_asan_puts_ours_behind "libasan.so.8:$OTHER" "libasan.so.8:$LIB:$OTHER"
merges of_ours_before_asan_moves_it "$LIB:/none/libasan.so.8" "/none/libasan.so.8:$LIB"
merges of_clang_runtime_puts_ours_behind \
	/l/libclang_rt.asan-x86_64.so "/l/libclang_rt.asan-x86_64.so:$LIB"
for runtime in tsan ubsan lsan hwasan; do
	merges "of_${runtime}_puts_ours_behind" "lib$runtime.so" "lib$runtime.so:$LIB"
done

run LD_PRELOAD="$OTHER" "$PYCSHIM" grep -o "$TMP.*lib[a-z]*[.]so" /proc/self/maps
is "$(sort -u "$TMP/out" | tr '\n' ' ')" "$LIB $OTHER " preload_of_another_loads_both
if [ -e "$asan" ]; then
	run LD_PRELOAD="$asan" ASAN_OPTIONS=detect_leaks=0 "$PYCSHIM" /bin/true
	is "$status$err" 0 preload_of_a_real_asan_runs
	run LD_PRELOAD="$LIB:$asan" ASAN_OPTIONS=detect_leaks=0 /bin/true
	is "$status$err" 0 preload_before_a_real_asan_runs
else
	skip "no libasan" preload_of_a_real_asan_runs
fi

# --- the library's place ---------------------------------------------------------------

mkdir -p alone "a b" "a:b"
cp "$PYCSHIM" alone/
cp "$LIB" "$TMP/directory/libpycshim.so"
(cd directory && clean_env PATH="$TMP/directory:$SYSTEM_PATH" "$TMP/alone/pycshim" true) \
	>out 2>err
status=$?
if [ -e /usr/local/lib/libpycshim.so ]; then
	skip "a library is installed" library_missing_is_our_failure
else
	is "$status" 125 library_missing_is_our_failure "$(cat err)"
	like "$(cat err)" "^pycshim: no libpycshim.so in $TMP/alone or /" \
		library_missing_says_where_it_was_looked_for
fi
for directory in 'a b' 'a:b'; do
	cp "$PYCSHIM" "$LIB" "$directory/"
	run "$TMP/$directory/pycshim" true
	is "$status" 125 "library_in_'${directory/ /_}'_is_our_failure"
	like "$err" "a space, a colon" "library_in_'${directory/ /_}'_says_why"
done

# --- COMMAND ---------------------------------------------------------------------------

# fails NAME STATUS REGEX COMMAND...
fails() {
	local name=$1 want=$2 regex=$3
	shift 3
	run "$PYCSHIM" "$@"
	is "$status: $(wc -l <"$TMP/err")" "$want: 1" "command_${name}_gives_$want" "$err"
	like "$err" "$regex" "command_${name}_says_so"
	run "$PYCSHIM" -s -o "$TMP/recording" -- "$@"
	is "$status" "$want" "command_${name}_gives_${want}_with_summary" "$err"
}
printf '#!/bin/sh\necho ran\n' >plain-script
printf '#!/nonexistent/python\n' >no-interpreter
printf '#!%s/file\n' "$TMP" >interpreter-not-executable
printf 'echo "ran $1"; exit 3\n' >no-shebang
printf '\001\002\000\003' >garbage
: >empty
echo 'int main(void) { return 7; }' >seven.c
gcc -o seven seven.c
gcc -o no-loader -Wl,--dynamic-linker=/nonexistent/ld.so seven.c
head -c 100 seven >cut-short
chmod +x no-interpreter interpreter-not-executable no-shebang garbage empty cut-short
fails missing 127 'nonexistent: not found in PATH' nonexistent
fails empty 127 'not found' ''
fails missing_path 127 './nonexistent: not found' ./nonexistent
fails below_a_file 127 'not found' ./file/x
fails not_executable 126 'Permission denied' ./plain-script
fails directory 126 'Is a directory' ./directory
fails of_missing_interpreter 126 'interpreter /nonexistent/python' ./no-interpreter
fails of_interpreter_not_executable 126 "interpreter $TMP/file" ./interpreter-not-executable
fails of_missing_loader 126 'interpreter /nonexistent/ld.so' ./no-loader
fails garbage 126 'garbage: not executable' ./garbage
fails cut_short 126 'not executable' ./cut-short
if command -v aarch64-linux-gnu-gcc >/dev/null; then
	echo 'void _start(void) { for (;;) ; }' >start.c
	aarch64-linux-gnu-gcc -nostdlib -static -o arm start.c
	if ./arm 2>/dev/null & then
		sleep 0.1
		if kill $! 2>/dev/null; then
			skip "this machine runs aarch64 programs" command_foreign
		else
			fails foreign 126 'a program for aarch64' ./arm
		fi
	fi
else
	skip "no aarch64-linux-gnu-gcc" command_foreign
fi
run PATH="$TMP/directory" "$PYCSHIM" true
is "$status" 127 command_not_in_path_gives_127
mkdir early
cp plain-script early/printf
run PATH="$TMP/early:$SYSTEM_PATH" "$PYCSHIM" printf found
is "$out" found command_not_executable_early_in_path_is_passed_by
run PATH="$TMP/early" "$PYCSHIM" printf found
is "$status" 126 command_not_executable_in_path_gives_126
/usr/bin/env -i "$PYCSHIM" true
is "$?" 0 command_without_path_is_found_in_the_default_path
run PATH=":$SYSTEM_PATH" "$PYCSHIM" seven
is "$status" 7 command_in_the_current_directory_is_found_by_an_empty_element

run "$PYCSHIM" ./seven
is "$status" 7 status_is_the_commands
run "$PYCSHIM" -- sh -c 'kill -KILL $$'
is "$status" 137 status_of_a_killed_command_is_the_shells
run "$PYCSHIM" ./no-shebang argument
is "$status $out" "3 ran argument" command_text_is_run_by_the_shell
run "$PYCSHIM" ./empty
is "$status" 0 command_empty_file_is_run_by_the_shell
run "$PYCSHIM" -m trace printf '%s|' -m --check -- -s
is "$out" '-m|--check|--|-s|' options_end_at_the_command
run "$PYCSHIM" -m trace -- printf '%s|' 'a b' '' '*'
is "$out" 'a b||*|' arguments_reach_the_command_unchanged
# shellcheck disable=SC2016
env -i "$PYCSHIM" sh -c 'echo $$' >out &
pid=$!
wait $pid
is "$(cat out)" $pid pid_without_summary_stays

# Old sandboxes answer EPERM to unknown system calls.
if command -v strace >/dev/null && strace -qq -o /dev/null -e inject=faccessat2:error=EPERM true 2>/dev/null; then
	old_sandbox=(strace -qq -o /dev/null -e inject=faccessat2:error=EPERM)
	run "${old_sandbox[@]}" "$PYCSHIM" ./seven
	is "$status $err" '7 ' command_is_run_where_faccessat2_is_refused
	run "${old_sandbox[@]}" setpriv --bounding-set=-all "$PYCSHIM" ./plain-script
	like "$status $err" '^126 .*Permission denied' command_not_executable_gives_126_where_faccessat2_is_refused
	run "${old_sandbox[@]}" "$PYCSHIM" -m redirect --check /usr/bin/python3
	is "$status" 0 check_finds_the_state_where_faccessat2_is_refused "$out$err"
else
	skip "no strace that changes results" command_where_faccessat2_is_refused
fi

# What COMMAND inherits.  No shell runs in between: it would change signals and
# descriptors.
for launcher in "" "$PYCSHIM" "$PYCSHIM -s -o $TMP/recording --"; do
	(
		trap '' HUP
		umask 027
		for look in "ls /proc/self/fd" "grep -E ^Sig[BIC]|^Umask|^Groups /proc/self/status" \
			"readlink /proc/self/cwd" cat; do
			# shellcheck disable=SC2086 # words
			echo input | clean_env $launcher $look 7</dev/null 2>/dev/null
		done
	) >"state.${#launcher}"
done
same inherited_state_without_summary_is_the_callers "state.${#PYCSHIM}" state.0
launcher="$PYCSHIM -s -o $TMP/recording --"
same inherited_state_with_summary_is_the_callers "state.${#launcher}" state.0
run sh -c 'exec "$0" true 0<&- 1>&- 2>&-' "$PYCSHIM"
is "$status" 0 closed_standard_descriptors_are_no_failure

# --- static and other programs ----------------------------------------------------------

gcc -static -o static seven.c
run "$PYCSHIM" ./static
is "$status$err" 7 static_command_runs_silently
run "$PYCSHIM" --debug config ./static
is "$status" 7 static_command_with_debug_runs
like "$err" 'static: the library will not be active: it is static' \
	static_command_with_debug_is_told
run "$PYCSHIM" -s -o "$TMP/recording" ./static
is "$status" 7 static_command_with_summary_runs
like "$err" 'the library will not be active' static_command_with_summary_is_told
