/*
 * The tree that --bake copies into.  Nothing outside it is reached, whatever symbolic
 * links are in it: they mean what they would mean with the tree as the root.
 *
 * Called by launch_bake.c.  All functions return a descriptor or 0, or -errno.
 */
#ifndef PYCSHIM_LAUNCH_TARGET_H
#define PYCSHIM_LAUNCH_TARGET_H

#include <sys/stat.h>

#include "attributes.h"

/*
 * Open what is at `path` (relative; "": the tree itself) below the directory `target`.
 * Where the kernel has no openat2 (before Linux 5.6), a path with a symbolic link in it
 * fails.
 */
int target_open(int target, const char *path, int flags) MUST_CHECK NONNULL;

/* Open the __pycache__ of a directory, made with its owner and mode where it is missing. */
int target_open_cache(int directory) MUST_CHECK;

/*
 * Copy the file `from`, as `status` has it, to `name` in the directory, as a whole or not
 * at all: with the directory's owner, mode 0644 and this modification time.
 */
int target_write(int directory, const char *name, int from, const struct stat *status,
		 struct timespec mtime) MUST_CHECK NONNULL;

#endif
