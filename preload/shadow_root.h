/*
 * What the other parts of shadow.h need of shadow_root.c, and nobody else.
 */
#ifndef PYCSHIM_SHADOW_ROOT_H
#define PYCSHIM_SHADOW_ROOT_H

#include <stdbool.h>
#include <sys/stat.h>

#include "attributes.h"

/* The root's descriptor, -EBADF for none.  For writing, shadow_ready() comes first. */
int shadow_root_fd(void);

/* Is a file that was found on the root's file system? */
bool shadow_root_has(const struct stat *status);

/*
 * Something may not be used or passed: is that because the user has changed, or because
 * the host has the root's number?  Then the root is another one now.
 */
bool shadow_root_renew(void);

/*
 * Nothing comes into the shadow any more, or not at this place: name it on standard error
 * where the root is to blame.  Returns the error for the program: -EROFS, or that there is
 * no space.
 */
int shadow_root_failed(int error) MUST_CHECK COLD;

#endif
