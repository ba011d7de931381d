/* SPDX-License-Identifier: MIT */
/*
 * The sources that this process has removed.  Their pycs in the shadow stay visible to it
 * (identity.h), as they would in place: a program that empties a directory removes each name
 * that it has listed, and one that is gone of itself would be an error.
 *
 * Unlike view/known.h this is no cache, since nobody can tell later who removed a source.  It
 * grows with the number of sources, 8 bytes for each; fork children have it, too.  Only where
 * there is no memory is a source not remembered.
 *
 * Called by view/identity.c.  Any thread, any context; errno untouched.
 */
#ifndef PYCSHIM_REMOVED_H
#define PYCSHIM_REMOVED_H

#include <stdbool.h>
#include <stdint.h>

#include "attributes.h"

/* `hash`: of the source's absolute path, by known_hash(). */
void removed_add(uint64_t hash);
bool removed_has(uint64_t hash) MUST_CHECK;

/* There is a source at this path once more. */
void removed_drop(uint64_t hash);

#endif
