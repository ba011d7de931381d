/*
 * Which files the user wants watched.  Pure: no I/O, no allocation, errno untouched.
 */
#ifndef PYCSHIM_POLICY_H
#define PYCSHIM_POLICY_H

#include <stdbool.h>
#include <stddef.h>

#include "attributes.h"

/*
 * Does a path's source directory match one of the colon-separated globs in `only` (or is
 * that empty), and none in `skip`?  A glob matches a directory and all below it; `*`
 * and `?` match slashes too.
 */
bool policy_covers(const char *only, const char *skip, const char *path,
		   size_t length) NONNULL;

#endif
