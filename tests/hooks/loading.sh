#!/bin/bash
# SPDX-License-Identifier: MIT
# dlopen() searches the RUNPATH and $ORIGIN of the object that calls it: it must see the
# program's object, not the library with the wrapper, in every mode.

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

# Libraries that the program has put into a cache lie in the shadow.  glibc reads the name of
# one only when it has its lock: each of many threads must get the library that it asked for.
cat >one.c <<'C'
#include <unistd.h>
int which(void);
int which(void) { return NUMBER; }
__attribute__((constructor)) static void start(void) { usleep(20000); }
C
cat >many.c <<'C'
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdint.h>
#include <unistd.h>
#define THREADS 10
static void *run(void *argument)
{
	char name[64];
	void *library;
	int (*which)(void);

	snprintf(name, sizeof(name), "./pkg/__pycache__/lib%d.so", (int)(intptr_t)argument);
	library = dlopen(name, RTLD_NOW);
	which = library ? (int (*)(void))dlsym(library, "which") : NULL;
	return (void *)(intptr_t)(which && which() == (int)(intptr_t)argument);
}
int main(void)
{
	pthread_t thread[THREADS];
	void *right;
	int i, count = 0;

	access("./pkg/__pycache__/lib0.so", F_OK); /* one thread opens the shadow, before */
	for (i = 0; i < THREADS; i++)
		pthread_create(&thread[i], NULL, run, (void *)(intptr_t)i);
	for (i = 0; i < THREADS; i++) {
		pthread_join(thread[i], &right);
		count += right != NULL;
	}
	printf("%d\n", count);
	return 0;
}
C
in_redirect() {
	clean_env LD_PRELOAD="$LIB" PYCSHIM_MODE=redirect PYCSHIM_PROCESSES=all PYCSHIM_RECORD=off \
		PYCSHIM_ROOT="$TMP/root" "$@"
}
mkdir pkg
"$cc" many.c -o many -ldl -pthread || skip_all 'no compiler'
for number in 0 1 2 3 4 5 6 7 8 9; do "$cc" -shared -fPIC -DNUMBER=$number one.c -o one$number.so; done
in_redirect sh -c 'mkdir pkg/__pycache__ && for number in 0 1 2 3 4 5 6 7 8 9; do
	cp one$number.so pkg/__pycache__/lib$number.so || exit; done'
check libraries_in_a_cache_are_not_in_place test ! -e pkg/__pycache__
is "$(in_redirect ./many)" 10 threads_load_what_they_ask_for_from_the_shadow
in_redirect rm pkg/__pycache__/lib3.so
is "$(in_redirect ./many)" 9 library_that_was_removed_is_not_loaded
