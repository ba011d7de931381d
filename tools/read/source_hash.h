/* SPDX-License-Identifier: MIT */
/*
 * The hash of a source that a hash-based pyc holds: _imp.source_hash() of CPython, PEP 552.
 * Pure.
 */
#ifndef PYCSHIM_SOURCE_HASH_H
#define PYCSHIM_SOURCE_HASH_H

#include <stddef.h>
#include <stdint.h>

#include "attributes.h"

/* The hash by the interpreter with this magic number. */
uint64_t source_hash_of(const void *source, size_t bytes,
			unsigned magic) MUST_CHECK NONNULL;

#endif
