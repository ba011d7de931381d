/* SPDX-License-Identifier: MIT */
/*
 * Which owners of files are trusted, and where STATE, this user's state directory, may be.
 * The rules are those of the library (preload/host/owner.h and state.h).  Used by both
 * tools.
 */
#ifndef PYCSHIM_USER_H
#define PYCSHIM_USER_H

#include <stdbool.h>
#include <sys/types.h>

#include "attributes.h"

/*
 * Is `uid` this user?  Is it this user or root?  In a user namespace all users that are not
 * mapped appear as the overflow uid, which is therefore neither.
 */
bool user_is_this(uid_t uid) MUST_CHECK;
bool user_is_trusted(uid_t uid) MUST_CHECK;

/*
 * As faccessat(2) with AT_EACCESS, also where a sandbox from before Linux 5.8 answers EPERM to
 * the system call that has flags.  Returns 0 or -errno.
 */
int user_access(int dirfd, const char *path, int mode) MUST_CHECK;

/*
 * Call `use` with each directory that may be STATE, in the library's order, until it
 * returns something other than NULL, and return that.  `use` owns its argument.
 */
char *user_find_state(char *(*use)(char *directory)) MUST_CHECK NONNULL;

#endif
