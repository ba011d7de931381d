/* SPDX-License-Identifier: MIT */
/*
 * Filling the store: when a thread writes the pyc of a source that it has read
 * (source_hash.h), after a compile whose end was seen (bracket.h), the code object in the
 * written bytes is put into the store.
 *
 * Called by call/.  On our own stack; raw system calls only.  Not in a vfork child.
 */
#ifndef PYCSHIM_STORE_SOURCE_H
#define PYCSHIM_STORE_SOURCE_H

#include <stddef.h>

#include "attributes.h"
#include "host/descriptor.h"

/*
 * The thread has written all of these bytes, at the beginning of a pyc or a temporary.  They
 * are put into the store if they are a pyc of a source that it has read and compiled.
 */
void store_pyc_written(const struct descriptor *pyc, const void *bytes,
		       size_t count) NONNULL;

#endif
