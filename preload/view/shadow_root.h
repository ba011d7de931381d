/* SPDX-License-Identifier: MIT */
/*
 * The root directory of the shadow tree: finding it, deciding whether it can be trusted,
 * and keeping it open.  One descriptor serves the whole process.
 *
 * Called by view/, call/ and hooks/.  Any thread, any context, but no vfork child; raw
 * system calls only.
 */
#ifndef PYCSHIM_SHADOW_ROOT_H
#define PYCSHIM_SHADOW_ROOT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#include "attributes.h"
#include "host/fd_path.h"

/*
 * Returns the root's descriptor, or -EBADF if there is no root.  It opens the root if it was
 * never open, but does not check it again: a call that writes calls shadow_ready() first.
 */
int shadow_root_fd(void);

/* Is a file with this status on the root's file system? */
bool shadow_root_has(const struct stat *status);

/*
 * Call this after a permission error in the shadow.  If the program's user has changed, or
 * the program has closed and reused the root's descriptor number, this opens the root again
 * and returns true: the call is worth a second try.
 */
bool shadow_root_renew(void);

/*
 * A call could not write to the shadow: -EROFS, -EACCES, -ENOSPC or -EDQUOT.  Reports it on
 * standard error if the cause is the root itself.  Returns the error for the program: -EROFS
 * if the root cannot be written, and otherwise `error`.
 */
int shadow_root_failed(int error) MUST_CHECK COLD;

/*
 * Call this before writing to the shadow.  Opens the root if it is not open, was lost, or
 * was opened for another user.  Returns 0, or -EROFS if there is no root: the program then
 * runs as on a read-only file system.
 */
int shadow_ready(void) MUST_CHECK;

/* Returns the root's real path and its length; "" if there is no root. */
const char *shadow_root(size_t *length) NONNULL;

/*
 * Is this path the root or below it, by the root's real path or by the one that the user
 * gave?  No I/O.
 */
bool shadow_contains(const char *path, size_t length) NONNULL;

/*
 * Opens the root if this is the path of bytecode, so that shadow_contains() and
 * shadow_strip() know the root's real path.  Call it after process_gate().
 */
void shadow_wanted(const char *path, long length) NONNULL;

/*
 * The kernel has returned this path, without a NUL.  If it is that of bytecode in the shadow
 * tree, the root is cut off, because the program must see only the path in place.  Returns
 * the new length.  A negative length is an error, and is returned as it is.
 */
long shadow_strip(char *path, long length);

/*
 * Is the shadow known to be empty?  Cheaper than a failed look-up, on a tmpfs.  True if there
 * is no shadow; false on other file systems, and once something was in it.
 */
bool shadow_is_empty(void);

/* Can shadow_is_empty() still return true for the open root?  No I/O. */
bool shadow_may_be_empty(void);

/*
 * The program failed to write to a file on this device with `error`.  If that is the
 * shadow's device and its space is used up, reports that on standard error.
 */
void shadow_write_failed(dev_t device, int error) COLD;

/* Writes a name by which libc can open the root; returns its length. */
size_t shadow_root_name(char name[FD_NAME_BYTES]) NONNULL;

/* Closes the root for the rest of this process: the shadow is not used any more. */
void shadow_give_up(void);

#endif
