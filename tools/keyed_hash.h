/*
 * uthash with a hash that nobody can foresee: what is in a recording may have been chosen
 * so that all of it falls into one bucket, where finding one would walk over all others.
 * Include this instead of <uthash.h>.  Used by the reader's tables.
 */
#ifndef PYCSHIM_KEYED_HASH_H
#define PYCSHIM_KEYED_HASH_H

#include <stddef.h>
#include <stdint.h>

#include "attributes.h"

/* SipHash-1-3 under a key that is drawn once in each run. */
uint64_t keyed_hash(const void *data, size_t bytes) MUST_CHECK NONNULL;

#define HASH_FUNCTION(key, bytes, value) ((value) = (unsigned)keyed_hash(key, bytes))

#include <uthash.h>

#endif
