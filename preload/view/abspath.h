/* SPDX-License-Identifier: MIT */
/*
 * From the path that a program gave to the absolute one, by which it is recorded and
 * redirected.  "." and double slashes are removed.  Symbolic links stay, except before a
 * "..", where the kernel has to say which directory is above.
 *
 * Called by call/ and hooks/.  Any thread, any context, but no vfork child; raw system calls
 * only.
 */
#ifndef PYCSHIM_ABSPATH_H
#define PYCSHIM_ABSPATH_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "attributes.h"

/*
 * Writes the absolute form of `path`, with a NUL, to `buffer` of `size` bytes.  `path` is
 * relative to the directory `dirfd`; AT_FDCWD is the current one.  No system call is made
 * for an absolute path without "..".
 *
 * Returns the length, or -errno: -ENAMETOOLONG if it does not fit; -ENOENT, -ENOTDIR or
 * another error if a directory on the way has no name (removed, or no /proc).
 *
 * `shadow`: is `dirfd`, or what is above a "..", a directory of the shadow tree?  The path
 * that the program gave then leads into the shadow, and the real call needs the absolute one.
 */
long abspath_make(char *buffer, size_t size, int dirfd, const char *path,
		  bool *shadow) MUST_CHECK NONNULL_ARGS(1, 4, 5);

#endif
