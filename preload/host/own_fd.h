/* SPDX-License-Identifier: MIT */
/*
 * A descriptor of our own in the host's process.  The host does not know it: it may close
 * the number where we do not see it, open a file of its own under it, or need the number
 * itself.  So before each use we ask whether the descriptor is still on our file.
 *
 * Used by recorder.c and own_file.c.  Only the thread that has the turn (turn.h)
 * opens and closes, unless the host forces us: it needs the number, or has changed its
 * root.  Any thread may ask, also in a signal handler.
 */
#ifndef PYCSHIM_OWN_FD_H
#define PYCSHIM_OWN_FD_H

#include <stdbool.h>
#include <sys/stat.h>

#include "attributes.h"

/* It lives as long as the process: from the first file that it takes over, it is in a list. */
struct own_fd {
	int fd; /* -1: none */
	dev_t device;
	ino_t inode;
	struct own_fd *next;
	bool listed;
};

/* The initializer for no descriptor. */
#define OWN_FD_NONE                                                                      \
	{                                                                                \
		.fd = -1                                                                 \
	}

/* The number, or -1 if there is none. */
static inline int own_fd_number(const struct own_fd *own)
{
	return __atomic_load_n(&own->fd, __ATOMIC_ACQUIRE);
}

/* The device of its file; of the last one, if there is none now. */
static inline dev_t own_fd_device(const struct own_fd *own)
{
	return __atomic_load_n(&own->device, __ATOMIC_RELAXED);
}

/* Does `status` describe its file?  May be false while another thread reopens it. */
static inline bool own_fd_is_on(const struct own_fd *own, const struct stat *status)
{
	return status->st_dev == own_fd_device(own) &&
	       status->st_ino == __atomic_load_n(&own->inode, __ATOMIC_RELAXED);
}

/* Take over `fd`, which is open on the file of `status`.  `fd` may be an -errno: none. */
void own_fd_take(struct own_fd *own, int fd, const struct stat *status) NONNULL;

/* Is the descriptor open, still on our file?  Then `status` is the file's, as of now. */
bool own_fd_look(const struct own_fd *own, struct stat *status) NONNULL MUST_CHECK;

/*
 * Is `fd` open on a file of ours?  False also if the host has closed it where we do not see it,
 * and uses the number for a file of its own.
 */
bool own_fd_owns(int fd) MUST_CHECK;

/* Close the descriptor if it is still on our file.  Does nothing if there is none. */
void own_fd_close(struct own_fd *own) NONNULL;

/* The host is about to use this number (dup2): if it is ours, move our file to another one. */
void own_fd_give_way(int fd);

#endif
