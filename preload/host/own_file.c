/* SPDX-License-Identifier: MIT */
/*
 * See own_directory.h.
 */
#include "host/own_directory.h"

#include <errno.h>

#include "host/sys.h"

#define RETRY_NS 1000000000u

static bool is_same_user(const struct own_directory *own)
{
	return __atomic_load_n(&own->user, __ATOMIC_RELAXED) == sys_geteuid();
}

bool own_directory_is_usable(const struct own_directory *own)
{
	struct stat status;

	return own_fd_look(&own->fd, &status) && status.st_nlink > 0 && is_same_user(own);
}

/* Close what is no longer usable, and open it anew; this thread has the turn. */
static int open_anew(struct own_directory *own)
{
	uint64_t now = sys_clock_ns(CLOCK_MONOTONIC);
	int error;

	own_fd_close(&own->fd);
	if (now < own->retry_ns && is_same_user(own))
		return -EAGAIN;
	__atomic_store_n(&own->user, sys_geteuid(), __ATOMIC_RELAXED);
	error = own->open(&own->fd);
	if (error < 0)
		own->retry_ns = now + RETRY_NS;
	return error;
}

int own_directory_ready(struct own_directory *own)
{
	int error = 0;

	if (likely(own_directory_is_usable(own)))
		return 0;
	if (!turn_take(&own->turn))
		return -EAGAIN;
	if (!own_directory_is_usable(own))
		error = open_anew(own);
	turn_end(&own->turn);
	return error;
}
