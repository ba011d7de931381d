/* SPDX-License-Identifier: MIT */
/*
 * Walking a path below a directory that other users can change.  No symbolic link is
 * followed, so nothing outside of the directory is reached.
 * Called by view/ and call/.  Any thread, any context; raw system calls only.
 */
#ifndef PYCSHIM_BENEATH_H
#define PYCSHIM_BENEATH_H

#include "attributes.h"

/*
 * Opens `rel`, which has no "..", below `directory`, close-on-exec.  Returns a descriptor,
 * or -errno: -ELOOP if a component is a symbolic link.  O_PATH | O_NOFOLLOW opens a link that
 * is the last component.
 */
int beneath_open(int directory, const char *rel, int flags) MUST_CHECK NONNULL;

/* The same for an absolute path, below the root directory. */
int beneath_open_absolute(const char *path, int flags) MUST_CHECK NONNULL;

#endif
