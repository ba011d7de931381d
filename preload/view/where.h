/* SPDX-License-Identifier: MIT */
/*
 * The canonical path of bytecode: the one name under which the shadow keeps it.  Symbolic
 * links in the directories above a cache are resolved, as the kernel does for files in
 * place.  Otherwise two deployments behind one link ("current") would share one shadow, and
 * one of them could load the other's bytecode.
 *
 * Directories without a symbolic link in their path are remembered (known.h), so that a
 * look-up in them needs no system call.  Where a link leads to is never remembered, because
 * it may be replaced at any time: each look-up through one asks the kernel again.
 *
 * Called by call/, hooks/ and view/.  Any thread, any context; raw system calls only.
 */
#ifndef PYCSHIM_WHERE_H
#define PYCSHIM_WHERE_H

#include <stdbool.h>
#include <stddef.h>

#include "attributes.h"

/*
 * Returns the canonical form of an absolute path of `length` bytes, which has no "." and
 * "..".  This is either `path` itself, or is written to `buffer`, which has PATH_MAX bytes.
 * Only the directory that holds the __pycache__ (or the pyc, if it is in none) is resolved.
 * A directory that does not exist, or that cannot be resolved, keeps its name.
 *
 * Returns NULL, and the shadow is not used, if this or another file of the directory would
 * have too long a path there, or if the __pycache__ itself is a symbolic link: the files
 * behind it have other names, too.
 */
const char *where_is(char *buffer, const char *path, size_t length) NONNULL MUST_CHECK;

/*
 * Are the names in this directory, and those in its __pycache__, known to be canonical in
 * this generation (known.h)?  No I/O.
 */
bool where_is_clean(const char *directory, size_t length) NONNULL MUST_CHECK;

/*
 * A listing in this generation has shown that `name`, in this canonical directory, is a
 * directory and no symbolic link: remember that.
 */
void where_learn(const char *directory, const char *name, unsigned generation) NONNULL;

#endif
