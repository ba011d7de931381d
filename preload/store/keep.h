/* SPDX-License-Identifier: MIT */
/*
 * Keeping a pyc that came from the store, where the interpreter would have kept the one that
 * it would have compiled: in the shadow, in place, or nowhere.
 *
 * Called by answer.c.  On our own stack; raw system calls only.  Not in a vfork child.
 */
#ifndef PYCSHIM_STORE_KEEP_H
#define PYCSHIM_STORE_KEEP_H

#include <stddef.h>
#include <sys/types.h>

#include "attributes.h"
#include "content.h"
#include "host/call_data.h"

struct kept_pyc {
	const void *content;
	size_t bytes;
	mode_t source_mode;	  /* of the source, from which that of the pyc follows */
	const struct content *of; /* the source's content */
};

/*
 * Keeps the pyc of this look-up, and returns a descriptor that is open on it for reading, or
 * -errno.  If it cannot be kept, it is in memory only, until the descriptor is closed.
 */
int keep_pyc(const struct call *call, const struct kept_pyc *pyc) MUST_CHECK NONNULL;

/* Does this process write no pycs, by its environment, its command line or the mode? */
bool keep_is_off(void) MUST_CHECK;

/*
 * Is it not known whether this thread would write the pyc, because it has compiled sources and
 * not tried to write since?  It may have set sys.dont_write_bytecode.  A pyc that is not kept,
 * or one that is, would then be a surprise.  (The program itself, and sources that are read to
 * show them, do not count: nothing was looked for before.)
 */
bool keep_is_unsure(void) MUST_CHECK;

#endif
