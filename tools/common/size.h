/* SPDX-License-Identifier: MIT */
/*
 * Reads sizes such as 64M.  Used by both tools; pure.
 */
#ifndef PYCSHIM_SIZE_H
#define PYCSHIM_SIZE_H

#include <stdint.h>

#include "attributes.h"

/* A number with an optional suffix K, M or G in bytes; 0 if it is not valid. */
uint64_t size_parse(const char *value) MUST_CHECK NONNULL;

#endif
