/*
 * What a module is called by those who import it: django.urls.resolvers.  Where a package
 * begins is not in a path; but importing a module imports the packages above it, so their
 * __init__ are in the recording.
 * Used by cmd_why.c.  Pure but for memory.
 */
#ifndef PYCSHIM_PACKAGES_H
#define PYCSHIM_PACKAGES_H

#include "attributes.h"
#include "tables.h"

struct package;

struct packages {
	struct package *table;
};

/* Find the packages among the modules.  `tables` must outlive them, unchanged. */
void packages_find(struct packages *packages, const struct tables *tables) NONNULL;
void packages_free(struct packages *packages) NONNULL;

/* A module's full dotted name.  The caller frees it. */
char *packages_dotted(const struct packages *packages,
		      const struct module *module) MUST_CHECK NONNULL;

#endif
