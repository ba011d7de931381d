/* SPDX-License-Identifier: MIT */
/*
 * What libc names and makes itself: mkstemp() and its like.  Where that may be in a cache,
 * the name is made here, and the file by our own open(), which knows where it belongs.
 */
#ifndef PYCSHIM_TEMPORARY_H
#define PYCSHIM_TEMPORARY_H

#include <stdbool.h>

#include "attributes.h"

/* Does redirect have a say in what is made by this template?  errno stays. */
bool temporary_is_ours(const char *template, int suffix) MUST_CHECK;

/*
 * Replace the X before the last `suffix` bytes until `make` makes a new file or directory
 * of that name, by open() or mkdir(), as mkostemps(3) does: what it returns, and errno.
 */
int temporary_make(char *template, int suffix, int flags,
		   int (*make)(const char *path, int flags)) NONNULL;

#endif
