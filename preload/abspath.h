/*
 * From the path a program gave to the absolute one that is recorded and mapped.
 * "." and double slashes go, symbolic links stay, unless a ".." asks where one leads.
 */
#ifndef PYCSHIM_ABSPATH_H
#define PYCSHIM_ABSPATH_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "attributes.h"

/*
 * Write the absolute form of `path`, relative to the directory `dirfd` (AT_FDCWD: the
 * current one), into `buffer` with a NUL.  Returns the length, or -errno: -ENAMETOOLONG
 * where it does not fit, or why the directory has no name (no /proc, removed).
 * Asks the kernel for relative paths only; any thread, any context.  `shadow` is set
 * where the directory is the shadow's: the program's own words would then miss what is in
 * place.
 */
long abspath_make(char *buffer, size_t size, int dirfd, const char *path,
		  bool *shadow) MUST_CHECK NONNULL_ARGS(1, 4, 5);

/* Is an absolute path that of the directory, or of something below it? */
static inline bool abspath_is_within(const char *path, size_t length,
				     const char *directory, size_t directory_length)
{
	return length >= directory_length &&
	       (length == directory_length || path[directory_length] == '/') &&
	       memcmp(path, directory, directory_length) == 0;
}

#endif
