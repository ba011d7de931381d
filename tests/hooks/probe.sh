#!/bin/bash
# SPDX-License-Identifier: MIT
# Every function of the hooks table, with all kinds of arguments and from all contexts:
# the probe's output is the same with and without the library.
#
# CONTEXTS="main ..." selects the contexts (probe.c lists them); the default is all.

# The probe recreates its tree thousands of times: use a tmpfs if it can execute programs.
if cp /bin/true /dev/shm/pycshim-exec.$$ 2>/dev/null && /dev/shm/pycshim-exec.$$ 2>/dev/null; then
	TMPDIR=/dev/shm
fi
rm -f /dev/shm/pycshim-exec.$$
. "$(dirname "$0")/../lib.sh"

contexts=${CONTEXTS:-main preinit constructor signal altstack thread small_thread fork vfork spawn abort}
PROBE=$TMP/bin/probe
if ! cp "$B/tests/hooks/probe" "$PROBE"; then
	not_ok probe_is_built 'make test-programs'
	exit 1
fi
mkdir -m 777 "$TMP/work" "$TMP/records"

# The library takes a process with this object for a Python, and observes imports there.
python_so=$TMP/bin/python.so
echo 'void Py_Initialize(void); void Py_Initialize(void) {}' >"$TMP/python.c"
"${CC:-gcc}" -shared -fPIC -o "$python_so" "$TMP/python.c" || skip_all 'no compiler'

# probe CONTEXT [NAME=VALUE...]: runs as an unprivileged user, who gets permission errors.
probe() {
	local context=$1
	shift
	rm -rf "$TMP/work/probe.tree"
	(cd / && unprivileged env -i "$@" timeout 300 "$PROBE" "$context" "$TMP/work" </dev/null 2>&1)
	echo "exit status $?"
}

# with CONTEXT MODE NAME=VALUE...: the output is the same as without the library.
with() {
	local context=$1 mode=$2
	shift 2
	probe "$context" "$@" >"$TMP/$context.$mode" 2>/dev/null
	check "${context}_${mode}_gives_the_same" \
		cmp "$TMP/$context.none" "$TMP/$context.$mode" || note "$(diff "$TMP/$context.none" \
		"$TMP/$context.$mode" | head -n 10)"
	rm -f "$TMP/$context.$mode"
}

# recorded NAME: the recording has events, and none is lost or damaged.
recorded() {
	local lost
	lost=$(stat_json "$TMP/records/$1" summary '[d["lost_events"], d["damaged_bytes"], d["events"] > 1000]')
	is "$lost" '[0, 0, true]' "${1}_recording_is_whole"
}

for context in $contexts; do
	probe "$context" >"$TMP/$context.none" 2>/dev/null
	case $context in
	main)
		probe "$context" >"$TMP/again" 2>/dev/null
		same probe_twice_gives_the_same "$TMP/again" "$TMP/main.none"
		check probe_tells_nothing_of_this_run \
			sh -c "! grep -F -e '$TMP' -e pycshim '$TMP/main.none' && ! grep -E '0x|[0-9]{9,}' '$TMP/main.none' | grep -vE '139872514386736|2147483647'"
		is "$(tail -n 1 "$TMP/main.none")" 'exit status 0' probe_runs_to_its_end
		# The table as it is now, not as it was when the probe was compiled.
		printf '#define HOOK(kind, type, failure, operation, name, ...) row name\n#include "hooks/hooks.def"\n' |
			"${CC:-gcc}" -E -P -I"$TOP/preload" -I"$TOP/include" - | sed -n 's/^row //p' | sort >"$TMP/rows"
		is "$("$PROBE" rows | sort)" "$(cat "$TMP/rows")" probe_knows_every_row 'make test-programs'
		is "$(awk '!seen[$1]++ { print $1 }' "$TMP/main.none" | sed '$d')" "$("$PROBE" rows)" \
			every_row_has_cases
		with "$context" off LD_PRELOAD="$LIB" PYCSHIM_MODE=off
		with "$context" passive LD_PRELOAD="$LIB" PYCSHIM_RECORD="$TMP/records/passive"
		check passive_process_records_nothing test ! -e "$TMP/records/passive"
		with "$context" unrecorded LD_PRELOAD="$LIB:$python_so" PYCSHIM_RECORD=off
		with "$context" unwritable LD_PRELOAD="$LIB:$python_so" PYCSHIM_RECORD=/dev/full/no \
			PYCSHIM_INHERITED=python
		;;
	esac
	with "$context" all LD_PRELOAD="$LIB" PYCSHIM_PROCESSES=all PYCSHIM_RECORD="$TMP/records/all.$context"
	with "$context" python LD_PRELOAD="$LIB:$python_so" PYCSHIM_RECORD="$TMP/records/python.$context"
	case $context in
	main | vfork) # the mode examines every call, but PYCSHIM_ONLY covers none
		for mode in redirect deny; do
			with "$context" "$mode" LD_PRELOAD="$LIB:$python_so" PYCSHIM_MODE="$mode" \
				PYCSHIM_ONLY=/nowhere PYCSHIM_ROOT="$TMP/root" PYCSHIM_RECORD=off
		done
		;;
	esac
	case $context in
	preinit | abort) ;; # preinit runs before the library; abort makes no events
	*) recorded "all.$context" && recorded "python.$context" ;;
	esac
done

# The stack that the library adds to the deepest call.  In redirect mode calls are made in
# the shadow where that is possible; their results differ then and are not compared.
depth() {
	{ (cd / && unprivileged env -i "$@" timeout 300 "$PROBE" depth "$TMP/work" >/dev/null); } 2>&1 | tail -n 1
}
redirect=(LD_PRELOAD="$LIB" PYCSHIM_PROCESSES=all PYCSHIM_MODE=redirect PYCSHIM_ROOT="$TMP/work/root"
	PYCSHIM_RECORD="$TMP/records/redirect")
without=$(depth)
for mode in trace redirect deny; do
	library=(LD_PRELOAD="$LIB:$python_so" PYCSHIM_RECORD="$TMP/records/depth")
	[ $mode != redirect ] || library=("${redirect[@]}")
	[ $mode != deny ] || library+=(PYCSHIM_MODE=deny)
	deepest=$(depth "${library[@]}")
	note "stack: $without bytes without the library, $deepest with it in $mode"
	check "library_takes_at_most_1_kib_of_stack_in_$mode" test "$((deepest - without))" -le 1024
done
is "$(probe small_thread "${redirect[@]}" 2>&1 | tail -n 1)" 'exit status 0' small_thread_redirect_ends_well
