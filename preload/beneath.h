/*
 * Walking a path below a directory that other users can change: no symbolic link is
 * followed, and nothing outside of the directory is reached.  Any thread, any context; raw
 * system calls only.
 */
#ifndef PYCSHIM_BENEATH_H
#define PYCSHIM_BENEATH_H

#include "attributes.h"

/*
 * Open what `rel` leads to below `directory`, close-on-exec.  `rel` has no ".." in it.
 * Returns a descriptor, or -errno: -ELOOP where a component is a symbolic link, the last one
 * too (but for O_PATH | O_NOFOLLOW, which opens the link).
 */
int beneath_open(int directory, const char *rel, int flags) MUST_CHECK NONNULL;

/* The same for an absolute path, from the root directory. */
int beneath_open_absolute(const char *path, int flags) MUST_CHECK NONNULL;

#endif
