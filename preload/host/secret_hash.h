/* SPDX-License-Identifier: MIT */
/*
 * The hash of names that stand for themselves in tables of this process, with a secret of the
 * process.  Whoever can choose the name of a directory cannot make it look like another one,
 * as with a hash that he could compute.
 *
 * Any thread, any context; no I/O.
 */
#ifndef PYCSHIM_SECRET_HASH_H
#define PYCSHIM_SECRET_HASH_H

#include <stddef.h>
#include <stdint.h>

#include "attributes.h"

/* Takes the secret from the kernel (AT_RANDOM); fork children have the same one.  Once. */
void secret_hash_start(void);

uint64_t secret_hash(const void *data, size_t bytes) NONNULL MUST_CHECK;

#endif
