/*
 * The few directories that hold many sources: what to name to `compileall`.
 * Used by compileall.c and packages.c.  Pure but for memory.
 */
#ifndef PYCSHIM_ROOTS_H
#define PYCSHIM_ROOTS_H

#include <stddef.h>
#include <stdint.h>

#include "attributes.h"

#define ROOTS_MAX 8
struct roots {
	struct root {
		char *path;
		int64_t weight;
	} root[ROOTS_MAX];
	size_t count;
};

/*
 * The length of a source's path up to the library it is in: a site-packages or
 * dist-packages, or a Python's own lib/pythonX.Y.  0: in none.
 */
size_t roots_library_length(const char *source) NONNULL;

/* Count in a source of some weight. */
void roots_add(struct roots *roots, const char *source, int64_t weight) NONNULL;

/* The heaviest `most`, as arguments for a shell.  Frees the roots. */
char *roots_end(struct roots *roots, size_t most) MUST_CHECK NONNULL;

#endif
