/* SPDX-License-Identifier: MIT */
/*
 * Whiteouts, and the names that the shadow keeps for itself.
 *
 * A whiteout says that a name in place is hidden, as on overlayfs.  Here it is a symbolic
 * link to itself.  Noticing it needs no extra system call: opening it, or anything below
 * it, fails with ELOOP, and that error has no other cause in a shadow.
 *
 * Used by view/ and hooks/.
 */
#ifndef PYCSHIM_WHITEOUT_H
#define PYCSHIM_WHITEOUT_H

#include <errno.h>
#include <stdbool.h>
#include <string.h>

/* There is a whiteout at the path or above it. */
#define SHADOW_HIDDEN (-ELOOP)

/* There is a FIFO: libc must open it, because that may block. */
#define SHADOW_BLOCKS (-EDEADLK)

/* Returns what the program is told of an error: a hidden name does not exist. */
static inline int shadow_error(int error)
{
	return error == SHADOW_HIDDEN ? -ENOENT : error;
}

/* The beginning of the shadow's own names, which no program sees. */
#define SHADOW_NAME ".pycshim-"

/*
 * The name that marks a directory as opaque, as on overlayfs: it was removed and made again,
 * and nothing in place shows in it.
 */
#define SHADOW_OPAQUE SHADOW_NAME "opaque"

/* Is this one of the shadow's own names? */
static inline bool shadow_keeps_name(const char *name)
{
	return strncmp(name, SHADOW_NAME, sizeof(SHADOW_NAME) - 1) == 0;
}

#endif
