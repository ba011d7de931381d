/*
 * What shadow.c needs of shadow_root.c, and nobody else.
 */
#ifndef PYCSHIM_SHADOW_ROOT_H
#define PYCSHIM_SHADOW_ROOT_H

#include <stdbool.h>
#include <sys/stat.h>

/* The root's descriptor, -EBADF for none.  For writing, shadow_ready() comes first. */
int shadow_root_fd(void);

/* Is a file that was found on the root's file system? */
bool shadow_root_has(const struct stat *status);

#endif
