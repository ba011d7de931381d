/*
 * What a call is about in the file system itself, beside the shadow: asked for, opened and
 * removed by the directory descriptor and the name that the program gave.  A program that
 * works by descriptors, as shutil.rmtree() and rm do, relies on what they are open on, and
 * not on the names that lead there: those can be given to something else meanwhile.
 *
 * All return 0 or a descriptor, or -errno.  Any thread, any context; raw system calls only.
 */
#ifndef PYCSHIM_PLACE_H
#define PYCSHIM_PLACE_H

#include <sys/stat.h>

#include "attributes.h"
#include "call.h"

/* What is there, be it a symbolic link. */
int place_look(const struct call *call, struct stat *status) MUST_CHECK NONNULL;

/* Open it; O_NOFOLLOW where a symbolic link is not to be followed. */
int place_open(const struct call *call, int flags) MUST_CHECK NONNULL;

/* Open the directory that it is in, to be named only. */
int place_open_parent(const struct call *call) MUST_CHECK NONNULL;

/* unlinkat. */
int place_remove(const struct call *call, int flags) MUST_CHECK NONNULL;

/* faccessat, which follows a symbolic link. */
int place_check_access(const struct call *call, int mode) MUST_CHECK NONNULL;

#endif
