/*
 * Whose a file is, as far as its numbers tell.  In a user namespace all users that are not
 * mapped there show as one, the overflow user (user_namespaces(7)): a file that seems to be
 * of that user is nobody's, even for a process that seems to be that user itself.
 */
#ifndef PYCSHIM_OWNER_H
#define PYCSHIM_OWNER_H

#include <stdbool.h>

#include "attributes.h"

/* Does this number, as seen in this process, stand for one user (or group)? */
bool owner_is_one_user(unsigned user) MUST_CHECK;
bool owner_is_one_group(unsigned group) MUST_CHECK;

/* Is it the user who this process runs as? */
bool owner_is_this_user(unsigned user) MUST_CHECK;

/* May what is this user's be trusted: is it the one who we are, or root? */
bool owner_is_trusted(unsigned user) MUST_CHECK;

#endif
