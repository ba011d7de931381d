/*
 * Where a path is: the one name under which the shadow knows it.  Symbolic links in the
 * directories above a cache are resolved, as the kernel does for files in place; else
 * two deployments behind one link ("current") would share one shadow, and one could be
 * served the other's bytecode.
 *
 * Directories that were found to have no link in their path are remembered, so that a
 * look-up asks the kernel nothing; and that a name is a link, but not where it leads to,
 * so that a look-up through one asks that alone.
 */
#ifndef PYCSHIM_WHERE_H
#define PYCSHIM_WHERE_H

#include <stdbool.h>
#include <stddef.h>

#include "attributes.h"

/*
 * The canonical form of an absolute path of `length` bytes without "." and "..": either
 * `path` itself, or written to `buffer` of PATH_MAX bytes.  NULL where it, or that of any
 * other file in the directory, would be too long; and where a cache that is itself a link
 * is passed, for what is behind it has other names, too.  Only the directory that holds the
 * cache (or the beside-the-source pyc) is resolved.  Any thread, any context.
 */
const char *where_is(char *buffer, const char *path, size_t length) NONNULL MUST_CHECK;

/*
 * Is it known that the names in this directory, and those in its __pycache__, are the
 * canonical ones?  It is as long as where_now() is the same.  No I/O.
 */
bool where_is_clean(const char *directory, size_t length) NONNULL MUST_CHECK;
unsigned where_now(void);

/*
 * There is a directory of this name in `directory`: what that is known for is true of it,
 * too, if it was found since where_now() gave `now`.
 */
void where_learn(const char *directory, const char *name, unsigned now) NONNULL;

/* A directory was renamed, removed or linked, or the shadow is another one: ask again. */
void where_forget(void);

#endif
