/* SPDX-License-Identifier: MIT */
/*
 * Which files the user wants to be covered (PYCSHIM_ONLY and PYCSHIM_SKIP).
 *
 * Called by call/call_look.c.  Pure: no I/O, no allocation, errno untouched; any thread,
 * also in a signal handler.
 */
#ifndef PYCSHIM_POLICY_H
#define PYCSHIM_POLICY_H

#include <stdbool.h>
#include <stddef.h>

#include "attributes.h"

/*
 * Is the source of this path covered?  Its directory must match one of the
 * colon-separated globs in `only`, unless that is empty, and none of those in `skip`.  A
 * glob matches a directory and everything below it; `*` and `?` match slashes, too.
 */
bool policy_covers(const char *only, const char *skip, const char *path,
		   size_t length) NONNULL;

#endif
