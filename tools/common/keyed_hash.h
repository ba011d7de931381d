/* SPDX-License-Identifier: MIT */
/*
 * uthash with a keyed hash function.  With a known hash function, a crafted recording could
 * put all its entries into one bucket and make each look-up walk over all of them.
 * Include this instead of <uthash.h>.  Used by the reader's tables; one thread only.
 */
#ifndef PYCSHIM_KEYED_HASH_H
#define PYCSHIM_KEYED_HASH_H

#include <stddef.h>
#include <stdint.h>

#include "attributes.h"

/* SipHash-1-3 with a key that is drawn at the first call. */
uint64_t keyed_hash(const void *data, size_t bytes) MUST_CHECK NONNULL;

#define HASH_FUNCTION(key, bytes, value) ((value) = (unsigned)keyed_hash(key, bytes))

#include <uthash.h>

#endif
