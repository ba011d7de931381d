/* SPDX-License-Identifier: MIT */
/*
 * The source of a pyc: where it is, and when it was changed.
 * Called by identity.c.  Any thread, any context; raw system calls only.
 */
#ifndef PYCSHIM_IDENTITY_SOURCE_H
#define PYCSHIM_IDENTITY_SOURCE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attributes.h"

/*
 * Can a path of class PYC_FILE or PYC_TEMPORARY have a source?  Directly in a __pycache__
 * the source is in the directory above, and outside of one it is beside the pyc.  Further
 * below a __pycache__ no Python looks for pycs.  No I/O.
 */
bool identity_has_source(const char *rel) MUST_CHECK NONNULL;

/* Writes the absolute path of the pyc's source, m.py: 0, or -ENAMETOOLONG.  No I/O. */
int identity_source_path(char path[PATH_MAX], const char *rel) MUST_CHECK NONNULL;

/*
 * Finds the stamp (path/stamp.h) of the pyc's source, which may also have the suffix .pyw or
 * none.  Returns 0, or -errno: -ENOENT if there is no source.
 */
int identity_source_stamp(const char *rel, int64_t *stamp_ns) MUST_CHECK NONNULL;

#endif
