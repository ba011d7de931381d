/* SPDX-License-Identifier: MIT */
/*
 * The part of union.h that is about changes of sources, and about pycs without a source.  A
 * pyc beside no source is a program and no cache, and belongs in place.
 */
#ifndef PYCSHIM_UNION_SOURCE_H
#define PYCSHIM_UNION_SOURCE_H

#include <stdbool.h>

#include "attributes.h"
#include "host/call_data.h"

/*
 * The source of a call is about to be removed or renamed.  Moves the pycs that the shadow has
 * beside it (not in the __pycache__) into place, where Python then imports them.
 */
void union_source_going(const struct call *call) NONNULL;

/*
 * The program is about to change the source of a call.  Keeps its visible pycs visible: the
 * interpreter finds by their headers whether they are stale, as it would in place.  A
 * hash-based pyc may still be valid.
 */
void union_source_changing(const struct call *call) NONNULL;

/*
 * Moves a file of the shadow into place, under the last component of `path` in the directory
 * of the call.  It is a copy under a temporary name, which is then renamed.  0, or -errno.
 */
int union_bring_out(const char *rel, const char *path,
		    const struct call *call) MUST_CHECK NONNULL;

#endif
