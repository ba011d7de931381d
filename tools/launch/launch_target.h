/* SPDX-License-Identifier: MIT */
/*
 * Writes into the tree that --bake copies to.  Symbolic links in it are followed as if the
 * tree were the root directory, so nothing outside of it is reached.
 *
 * Called by launch_bake.c.  All functions return a descriptor or 0, or -errno.
 */
#ifndef PYCSHIM_LAUNCH_TARGET_H
#define PYCSHIM_LAUNCH_TARGET_H

#include <sys/stat.h>

#include "attributes.h"

/*
 * Open `path` (relative; "": the tree itself) below the directory `target`.  Before Linux
 * 5.6, which added openat2(), a path with a symbolic link fails.
 */
int target_open(int target, const char *path, int flags) MUST_CHECK NONNULL;

/* Open the __pycache__ of a directory; makes it with the directory's owner and mode. */
int target_open_cache(int directory) MUST_CHECK;

/*
 * Copy the file `from`, of which `status` has the size, to `name` in the directory,
 * atomically.  The copy gets the directory's owner, mode 0644 and this modification time.
 */
int target_write(int directory, const char *name, int from, const struct stat *status,
		 struct timespec mtime) MUST_CHECK NONNULL;

#endif
