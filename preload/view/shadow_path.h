/* SPDX-License-Identifier: MIT */
/*
 * Opening the directory that PYCSHIM_ROOT names.
 * Called by shadow_root.c.  Any thread, any context; raw system calls only.
 */
#ifndef PYCSHIM_SHADOW_PATH_H
#define PYCSHIM_SHADOW_PATH_H

#include "attributes.h"

/*
 * Opens an absolute path component by component, and makes the directories that are missing
 * (mode 0700).  It follows only symbolic links that root has made in a directory that root
 * alone can write, for example /var/run, and systemd's for DynamicUser=.
 * Returns a descriptor, which the caller closes, or -errno: -ELOOP for any other link.
 */
int shadow_path_open(const char *path) MUST_CHECK NONNULL;

/*
 * Opens the directory `name` in `directory`, and makes it if it is missing.  Returns a
 * descriptor (O_PATH if this user may pass the directory but not read it), or -errno: -ELOOP
 * for a symbolic link.
 */
int shadow_path_step(int directory, const char *name) MUST_CHECK NONNULL;

#endif
