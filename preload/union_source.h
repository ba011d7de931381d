/*
 * The part of union.h that is about sources that go, and pycs beside no source.  Such a pyc
 * is a program, and no cache: it belongs in place.
 */
#ifndef PYCSHIM_UNION_SOURCE_H
#define PYCSHIM_UNION_SOURCE_H

#include <stdbool.h>

#include "attributes.h"
#include "call.h"

/*
 * A source is about to be removed or renamed: what the shadow has beside it is brought in
 * place, where Python imports it from then on.
 */
void union_source_going(const struct call *call) NONNULL;

/*
 * A source is about to be changed by the program: what the shadow has of it stays in view.
 * The interpreter finds by its header whether it is stale, as it would in place; that of a
 * hash-based pyc may say that it is not.
 */
void union_source_changing(const struct call *call) NONNULL;

/*
 * Bring a file of the shadow in place, as the last component of `path`, in the directory
 * that the call is about: a copy, which replaces what is there at once.  Returns 0 or -errno.
 */
int union_bring_out(const char *rel, const char *path,
		    const struct call *call) MUST_CHECK NONNULL;

#endif
