/* SPDX-License-Identifier: MIT */
/*
 * Whether the owner of a file can be told by its user id.  In a user namespace, all users
 * that are not mapped there appear as the overflow user (user_namespaces(7)).  A file
 * that seems to belong to this user may belong to anybody, so it is trusted by nobody,
 * not even by a process that itself seems to run as this user.
 *
 * Called by state.c and view/.  Any thread, also in a signal handler.
 */
#ifndef PYCSHIM_OWNER_H
#define PYCSHIM_OWNER_H

#include <stdbool.h>

#include "attributes.h"

/* Does this number stand for one user (or group), and not for all that are not mapped? */
bool owner_is_one_user(unsigned user) MUST_CHECK;
bool owner_is_one_group(unsigned group) MUST_CHECK;

/* Is this the user that this process runs as? */
bool owner_is_this_user(unsigned user) MUST_CHECK;

/* Do we trust this user's files?  True for root and for this process's own user. */
bool owner_is_trusted(unsigned user) MUST_CHECK;

#endif
