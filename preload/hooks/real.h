/* SPDX-License-Identifier: MIT */
/*
 * The functions behind our wrappers: what a symbol means after us in the order of
 * loading, as dlsym(RTLD_NEXT) would answer.
 *
 * Why not dlsym: before glibc 2.34 it lives in libdl.so.2, which every process would
 * then have to load; it may allocate and lock; and it cannot see a libpython that was
 * loaded with RTLD_LOCAL.  Reading the loaded objects' own symbol tables does all this
 * with dl_iterate_phdr alone, before any constructor and in a signal handler.
 */
#ifndef PYCSHIM_REAL_H
#define PYCSHIM_REAL_H

#include <dirent.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <utime.h>

#include "attributes.h"
#include "host/missing.h"

/* One pointer for each row of the hooks table; at first to what will find it (hooks.c). */
struct real {
#define HOOK(kind, type, failure, operation, name, parameters, ...)                      \
	type(*name) parameters;
#include "hooks/hooks.def"
#undef HOOK
};

extern struct real real;

/* The function of a row; another thread may just be finding it. */
#define REAL(name) __atomic_load_n(&real.name, __ATOMIC_RELAXED)

enum real_index {
#define HOOK(kind, type, failure, operation, name, ...) REAL_##name,
#include "hooks/hooks.def"
#undef HOOK
	REAL_COUNT
};

/* Find the function of a row and keep it; one that fails with ENOSYS where there is none. */
void real_find(enum real_index index) COLD;

/* Find them all, while it is cheap and nobody can be surprised by it. */
void real_find_all(void) COLD;

#endif
