/*
 * The source of a pyc: where it is, and when it was changed.
 * Used by identity*.c; any thread, any context.
 */
#ifndef PYCSHIM_IDENTITY_SOURCE_H
#define PYCSHIM_IDENTITY_SOURCE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attributes.h"

/*
 * Has a path of class PYC_FILE or PYC_TEMPORARY a source?  That directly in a __pycache__
 * has, in the directory above, and that in no __pycache__ has one beside it.  Further below
 * a __pycache__ no Python looks for pycs.  Pure.
 */
bool identity_has_source(const char *rel) MUST_CHECK NONNULL;

/* Write the absolute path of the pyc's source, m.py, to `path`; 0 or -ENAMETOOLONG.  Pure. */
int identity_source_path(char path[PATH_MAX], const char *rel) MUST_CHECK NONNULL;

/*
 * The stamp for the pyc's source (identity.h).  A script may have no suffix, or be called
 * .pyw.  Returns 0, or -errno: -ENOENT where there is none.
 */
int identity_source_stamp(const char *rel, int64_t *stamp_ns) MUST_CHECK NONNULL;

#endif
