/*
 * See own_fd.h.
 */
#include "own_fd.h"

#include "descriptor.h"
#include "sys.h"

/* What could not be opened is none, whatever the error was. */
static void set(struct own_fd *own, int fd)
{
	__atomic_store_n(&own->fd, fd < 0 ? -1 : fd, __ATOMIC_RELEASE);
	if (fd >= 0)
		descriptor_add(fd, DESCRIPTOR_OURS, WATCH_READS | WATCH_LOOKS);
}

void own_fd_take(struct own_fd *own, int fd, const struct stat *status)
{
	__atomic_store_n(&own->device, status->st_dev, __ATOMIC_RELAXED);
	__atomic_store_n(&own->inode, status->st_ino, __ATOMIC_RELAXED);
	set(own, fd);
}

bool own_fd_look(const struct own_fd *own, struct stat *status)
{
	int fd = own_fd_number(own);

	return fd >= 0 && sys_fstat(fd, status) == 0 && own_fd_is_on(own, status);
}

bool own_fd_owns(const struct own_fd *own, int fd)
{
	struct stat status;

	return sys_fstat(fd, &status) == 0 && own_fd_is_on(own, &status);
}

/* The number is not ours any more; closed, where it was. */
static void let_go(const struct own_fd *own, int fd)
{
	struct descriptor *slot = descriptor_find(fd);

	if (slot && descriptor_kind(slot) == DESCRIPTOR_OURS)
		descriptor_drop(slot);
	if (own_fd_owns(own, fd))
		sys_close(fd);
}

void own_fd_close(struct own_fd *own)
{
	int fd = own_fd_number(own);

	if (fd < 0)
		return;
	let_go(own, fd);
	set(own, -1);
}

void own_fd_give_way(struct own_fd *own, int fd)
{
	int moved;

	if (fd < 0 || fd != own_fd_number(own))
		return;
	moved = sys_fcntl(fd, F_DUPFD_CLOEXEC, fd + 1);
	if (moved < 0) /* it was the highest */
		moved = sys_fcntl(fd, F_DUPFD_CLOEXEC, 3);
	/* before the old one is closed, or another thread would open the file again */
	set(own, moved);
	/* the host's call may fail, and must not leave the host with our descriptor */
	let_go(own, fd);
}
