/*
 * A descriptor of our own in the host's process.  The host cannot know it: it may close
 * the number behind our back and have a file of its own under it, or want the number for
 * itself.  So each use begins with the question whether it is still the file that it was.
 *
 * Who opens and closes has the turn (turn.h), but for what the host forces: it wants the
 * number, or has another root.  Asking is for any thread, any context.
 */
#ifndef PYCSHIM_OWN_FD_H
#define PYCSHIM_OWN_FD_H

#include <stdbool.h>
#include <sys/stat.h>

#include "attributes.h"

struct own_fd {
	int fd; /* -1: none */
	dev_t device;
	ino_t inode;
};

/* An initializer: no descriptor. */
#define OWN_FD_NONE                                                                      \
	{                                                                                \
		.fd = -1                                                                 \
	}

/* The number, -1 for none. */
static inline int own_fd_number(const struct own_fd *own)
{
	return __atomic_load_n(&own->fd, __ATOMIC_ACQUIRE);
}

/* The device of its file. */
static inline dev_t own_fd_device(const struct own_fd *own)
{
	return __atomic_load_n(&own->device, __ATOMIC_RELAXED);
}

/* Is this its file?  No file is, while another thread opens it anew. */
static inline bool own_fd_is_on(const struct own_fd *own, const struct stat *status)
{
	return status->st_dev == own_fd_device(own) &&
	       status->st_ino == __atomic_load_n(&own->inode, __ATOMIC_RELAXED);
}

/* Take a descriptor, open on what `status` says, or an -errno; there was none before. */
void own_fd_take(struct own_fd *own, int fd, const struct stat *status) NONNULL;

/* Is there one, still on our file?  `status` is then its links and size, as they are now. */
bool own_fd_look(const struct own_fd *own, struct stat *status) NONNULL MUST_CHECK;

/* Is `fd` open on our file, and not on the host's by now? */
bool own_fd_owns(const struct own_fd *own, int fd) NONNULL MUST_CHECK;

/* Close it, where it is still ours; nothing where there is none. */
void own_fd_close(struct own_fd *own) NONNULL;

/* The host wants this number: if it is this one's, give way. */
void own_fd_give_way(struct own_fd *own, int fd) NONNULL;

#endif
