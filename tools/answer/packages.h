/* SPDX-License-Identifier: MIT */
/*
 * Which directories are packages, and the dotted names of modules: django.urls.resolvers.
 * A path does not tell where the outermost package begins.  But importing a module imports
 * the packages above it, so their __init__.py are in the recording.
 * Used by cmd_why.c and roots.c.  Pure, except that it allocates.
 */
#ifndef PYCSHIM_PACKAGES_H
#define PYCSHIM_PACKAGES_H

#include <stdbool.h>
#include <stddef.h>

#include "attributes.h"
#include "read/tables.h"

struct package;

struct packages {
	struct package *table;
};

/* Find the packages among the modules.  `tables` must stay unchanged as long as they live. */
void packages_find(struct packages *packages, const struct tables *tables) NONNULL;
void packages_free(struct packages *packages) NONNULL;

/* Is the directory, the first `length` bytes of `path`, a package? */
bool packages_contain(const struct packages *packages, const char *path,
		      size_t length) MUST_CHECK NONNULL;

/*
 * The length of the part of a source's path that names the library it belongs to: a
 * site-packages or dist-packages, or a Python's own lib/pythonX.Y.  0: none.
 */
size_t packages_library_length(const char *source) NONNULL;

/* A module's full dotted name.  The caller frees it. */
char *packages_dotted(const struct packages *packages,
		      const struct module *module) MUST_CHECK NONNULL;

#endif
