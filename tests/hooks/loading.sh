#!/bin/bash
# dlopen() searches by the RUNPATH and $ORIGIN of the object that calls it: it must see that
# object behind our wrapper, in every mode.

. "$(dirname "$0")/../lib.sh"

cd "$TMP" || exit 1
mkdir lib
cat >sub.c <<'C'
int five(void);
int five(void) { return 5; }
C
cat >load.c <<'C'
#include <dlfcn.h>
#include <stdio.h>
int load(const char *name);
int load(const char *name)
{
	void *object = dlopen(name, RTLD_NOW);
	int (*five)(void) = object ? (int (*)(void))dlsym(object, "five") : NULL;

	if (!five)
		puts(dlerror());
	return five ? five() : -1;
}
C
cat >main.c <<'C'
int load(const char *name);
int main(int count, char **arguments) { return count == 2 && load(arguments[1]) == 5 ? 0 : 1; }
C
cc=${CC:-gcc}
if ! "$cc" -shared -fPIC sub.c -o lib/libsub.so.9 ||
	! "$cc" -shared -fPIC load.c -o lib/libload.so.9 -Wl,-rpath,"\$ORIGIN" -ldl ||
	! "$cc" main.c load.c -o by_runpath -Wl,-rpath,"\$ORIGIN/lib" -Wl,--enable-new-dtags -ldl ||
	! "$cc" main.c load.c -o by_rpath -Wl,-rpath,"\$ORIGIN/lib" -Wl,--disable-new-dtags -ldl; then
	skip_all 'no compiler'
fi

# loads NAME MODE COMMAND...
loads() {
	local name=$1 mode=$2
	shift 2
	check "${name}_loads_in_$mode" clean_env LD_PRELOAD="$LIB" PYCSHIM_MODE="$mode" \
		PYCSHIM_PROCESSES=all PYCSHIM_RECORD=off PYCSHIM_ROOT="$TMP/root" "$@"
}

python=$(python3_path)
for mode in off trace redirect deny; do
	loads runpath $mode ./by_runpath libsub.so.9
	loads rpath $mode ./by_rpath libsub.so.9
	# shellcheck disable=SC2016 # for the dynamic loader
	loads origin $mode ./by_runpath '$ORIGIN/lib/libsub.so.9'
	loads path $mode ./by_runpath ./lib/libsub.so.9
	loads library_of_a_wheel $mode "$python" -I -S -c \
		'import ctypes, sys; sys.exit(ctypes.CDLL("./lib/libload.so.9").load(b"libsub.so.9") != 5)'
done
check missing_library_is_an_error sh -c "! ./by_runpath libnone.so.9"
