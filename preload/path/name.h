/* SPDX-License-Identifier: MIT */
/*
 * Paths as strings; the file system is not asked.
 *
 * Called by hooks/, call/ and view/.  Pure: no I/O, no allocation, errno untouched; any
 * thread, also in a signal handler.
 */
#ifndef PYCSHIM_NAME_H
#define PYCSHIM_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "attributes.h"

/*
 * Returns where the last name of a path ends.  Behind it are at most slashes and "/.",
 * which say that the name must be a directory.
 */
size_t name_end(const char *path, size_t length) NONNULL MUST_CHECK;

/* Is this absolute path the directory, or below it? */
static inline bool name_is_within(const char *path, size_t length, const char *directory,
				  size_t directory_length)
{
	return length >= directory_length &&
	       (length == directory_length || path[directory_length] == '/') &&
	       memcmp(path, directory, directory_length) == 0;
}

#endif
