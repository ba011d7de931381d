/*
 * Whose files are, as far as their numbers tell, and the directory of this user's session.
 * The rules are the library's (preload/owner.h and state.h).  Used by both tools.
 */
#ifndef PYCSHIM_USER_H
#define PYCSHIM_USER_H

#include <stdbool.h>
#include <sys/types.h>

#include "attributes.h"

/*
 * Is it this user; is it this user or root?  In a user namespace all who are not mapped show
 * as one overflow user, who is nobody then.
 */
bool user_is_this(uid_t uid) MUST_CHECK;
bool user_is_trusted(uid_t uid) MUST_CHECK;

/*
 * $XDG_RUNTIME_DIR, without slashes behind it, where that is a directory of this user's own:
 * su and sudo -E hand on that of another.  Else NULL.  The caller frees it.
 */
char *user_runtime_directory(void) MUST_CHECK;

#endif
