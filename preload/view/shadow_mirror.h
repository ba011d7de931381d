/* SPDX-License-Identifier: MIT */
/*
 * Making directories of the shadow with the attributes of the directories in place.
 * Called by shadow_trust.c and shadow_change.c.  Any thread, any context; raw system calls
 * only.
 */
#ifndef PYCSHIM_SHADOW_MIRROR_H
#define PYCSHIM_SHADOW_MIRROR_H

#include <sys/stat.h>

#include "attributes.h"

/* The permissions that no file of the shadow has. */
#define WRITABLE_BY_OTHERS 0022

/*
 * Makes `name` in `directory`, with the attributes that its place has.  Returns 0, also if
 * there is something of that name already, or -errno.
 */
int shadow_mirror(int directory, const char *name,
		  const struct stat *place) MUST_CHECK NONNULL;

/*
 * Gives a new directory or file the owner and the permissions of the one in place, as far
 * as the shadow may use it afterwards: copying the shadow tree onto the places would give
 * these the attributes that they have here.  Leaves out what this user may not set.
 */
void shadow_copy_attributes(int fd, const struct stat *place) NONNULL;

#endif
