/* SPDX-License-Identifier: MIT */
/*
 * A directory of ours that is kept open: the shadow's root, the store.  It is opened when
 * it is first needed, and again when it was lost: closed by the host, removed, or opened
 * with the rights of another user than the process has now.
 *
 * Called by view/shadow_root.c and store/directory.c.  Any thread, also in a signal
 * handler; no vfork child.
 */
#ifndef PYCSHIM_OWN_DIRECTORY_H
#define PYCSHIM_OWN_DIRECTORY_H

#include <stdbool.h>
#include <stdint.h>

#include "attributes.h"
#include "host/own_fd.h"
#include "host/turn.h"

struct own_directory {
	struct own_fd fd;
	unsigned user;	   /* whose rights were used for the latest attempt to open it */
	uint64_t retry_ns; /* no attempt before this time; guarded by the turn */
	struct turn turn;  /* of the thread that opens it */
	int (*open)(struct own_fd *fd); /* opens it and takes it over: 0 or -errno */
};

/* Is it open, not removed since, and opened for the current user? */
bool own_directory_is_usable(const struct own_directory *own) MUST_CHECK NONNULL;

/*
 * Open it, unless it is usable.  Returns 0, or -errno: of open(), -EAGAIN if another thread
 * is about to open it, or if open() has failed for this user less than a second ago.
 */
int own_directory_ready(struct own_directory *own) MUST_CHECK NONNULL;

#endif
