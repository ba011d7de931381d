/* SPDX-License-Identifier: MIT */
/*
 * A directory or file of ours that is kept open: the shadow's root, the store, the file of
 * locks.  It is opened when it is first needed, and again when it was lost: closed by the
 * host, removed, or opened with the rights of another user than the process has now.
 *
 * It is open for reading only: a descriptor that can write would keep the host from
 * remounting the file system read-only.
 *
 * Called by view/shadow_root.c, store/directory.c and store/flight.c.  Any thread, also in a
 * signal handler; no vfork child.
 */
#ifndef PYCSHIM_OWN_FILE_H
#define PYCSHIM_OWN_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "attributes.h"
#include "host/own_fd.h"
#include "host/turn.h"

struct own_file {
	struct own_fd fd;
	unsigned user;	   /* whose rights were used for the latest attempt to open it */
	uint64_t retry_ns; /* no attempt before this time; guarded by the turn */
	struct turn turn;  /* of the thread that opens it */
	bool given_up;	   /* it is never opened again in this process */
	int (*open)(struct own_fd *fd); /* opens it and takes it over: 0 or -errno */
};

/* Is it open, not removed since, and opened for the current user? */
bool own_file_is_usable(const struct own_file *own) MUST_CHECK NONNULL;

/*
 * Open it, unless it is usable.  Returns 0, or -errno: of open(), -EAGAIN if another thread
 * is about to open it, or if open() has failed for this user less than a second ago.
 */
int own_file_ready(struct own_file *own) MUST_CHECK NONNULL;

/* After an error that its loss may explain: if it was open and is lost, open it, and true. */
bool own_file_renew(struct own_file *own) MUST_CHECK NONNULL;

/* Close it for good: the process has another root directory, from which nothing leads out. */
void own_file_give_up(struct own_file *own) NONNULL;

#endif
