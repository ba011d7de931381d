/* SPDX-License-Identifier: MIT */
/*
 * The place: what a call is about in the file system, without the shadow.
 *
 * It is looked at, opened and removed by the directory descriptor and the name that the
 * program gave, and not by the absolute path.  A program that works by descriptors, as
 * shutil.rmtree() and rm do, relies on that: an attacker may exchange a directory on the
 * path meanwhile (TOCTOU).
 *
 * All functions return 0 or a descriptor, which the caller closes, or -errno.
 * Called by view/.  Any thread, any context; raw system calls only.
 */
#ifndef PYCSHIM_PLACE_H
#define PYCSHIM_PLACE_H

#include <sys/stat.h>

#include "attributes.h"
#include "host/call_data.h"

/* lstat(). */
int place_look(const struct call *call, struct stat *status) MUST_CHECK NONNULL;

/* openat(); with O_NOFOLLOW a symbolic link is not followed. */
int place_open(const struct call *call, int flags) MUST_CHECK NONNULL;

/* Opens the directory above, with O_PATH. */
int place_open_parent(const struct call *call) MUST_CHECK NONNULL;

/* unlinkat(). */
int place_remove(const struct call *call, int flags) MUST_CHECK NONNULL;

/* faccessat(), which follows a symbolic link. */
int place_check_access(const struct call *call, int mode) MUST_CHECK NONNULL;

#endif
