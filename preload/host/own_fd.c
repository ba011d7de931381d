/* SPDX-License-Identifier: MIT */
/*
 * See own_fd.h.  Runs in any thread, also in a signal handler; no vfork child comes here.
 */
#include "host/own_fd.h"

#include "host/descriptor.h"
#include "host/sys.h"

static struct own_fd *all; /* nothing leaves this list */

/* Publish the number and hide it from the host.  An -errno means none. */
static void own_fd_set(struct own_fd *own, int fd)
{
	__atomic_store_n(&own->fd, fd < 0 ? -1 : fd, __ATOMIC_RELEASE);
	if (fd >= 0)
		descriptor_add(fd, DESCRIPTOR_OURS);
}

static void own_fd_list(struct own_fd *own)
{
	if (__atomic_exchange_n(&own->listed, true, __ATOMIC_RELAXED))
		return;
	own->next = __atomic_load_n(&all, __ATOMIC_RELAXED);
	while (!__atomic_compare_exchange_n(&all, &own->next, own, false,
					    __ATOMIC_RELEASE, __ATOMIC_RELAXED))
		;
}

void own_fd_take(struct own_fd *own, int fd, const struct stat *status)
{
	own_fd_list(own);
	__atomic_store_n(&own->device, status->st_dev, __ATOMIC_RELAXED);
	__atomic_store_n(&own->inode, status->st_ino, __ATOMIC_RELAXED);
	own_fd_set(own, fd);
}

static bool is_open_on(const struct own_fd *own, int fd, struct stat *status)
{
	return fd >= 0 && sys_fstat(fd, status) == 0 && own_fd_is_on(own, status);
}

bool own_fd_look(const struct own_fd *own, struct stat *status)
{
	return is_open_on(own, own_fd_number(own), status);
}

bool own_fd_owns(int fd)
{
	const struct own_fd *own = __atomic_load_n(&all, __ATOMIC_ACQUIRE);
	struct stat status;

	if (!own || sys_fstat(fd, &status) < 0)
		return false;
	while (own && !own_fd_is_on(own, &status))
		own = own->next;
	return own != NULL;
}

/* Show the number to the host again; close it if it is still on our file. */
static void own_fd_release(const struct own_fd *own, int fd)
{
	struct descriptor *slot = descriptor_find(fd);
	struct stat status;

	if (slot && descriptor_kind(slot) == DESCRIPTOR_OURS)
		descriptor_drop(slot);
	if (is_open_on(own, fd, &status))
		sys_close(fd);
}

void own_fd_close(struct own_fd *own)
{
	int fd = own_fd_number(own);

	if (fd < 0)
		return;
	own_fd_release(own, fd);
	own_fd_set(own, -1);
}

/* Move our file away from the number that it has. */
static void own_fd_move(struct own_fd *own, int fd)
{
	int moved = sys_fcntl(fd, F_DUPFD_CLOEXEC, fd + 1);

	if (moved < 0) /* there is no higher number */
		moved = sys_fcntl(fd, F_DUPFD_CLOEXEC, 3);
	/* publish the new one before closing the old one: else another thread reopens */
	own_fd_set(own, moved);
	/* if the host's call fails, the host must not keep our file */
	own_fd_release(own, fd);
}

void own_fd_give_way(int fd)
{
	struct own_fd *own = __atomic_load_n(&all, __ATOMIC_ACQUIRE);

	for (; own; own = own->next)
		if (fd >= 0 && own_fd_number(own) == fd)
			own_fd_move(own, fd);
}
