/* SPDX-License-Identifier: MIT */
/*
 * See own_file.h.
 */
#include "host/own_file.h"

#include <errno.h>

#include "host/sys.h"
#include "host/thread.h"

#define RETRY_NS 1000000000u

static bool is_same_user(const struct own_file *own)
{
	return __atomic_load_n(&own->user, __ATOMIC_RELAXED) == sys_geteuid();
}

bool own_file_is_usable(const struct own_file *own)
{
	struct stat status;

	return own_fd_look(&own->fd, &status) && status.st_nlink > 0 && is_same_user(own);
}

/* Close what is no longer usable, and open it anew; this thread has the turn. */
static int open_anew(struct own_file *own)
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

/* Each call of the host asks the kernel once: none of ours changes the answer. */
static bool is_usable_in_this_call(const struct own_file *own)
{
	if (thread->usable == own)
		return true;
	if (!own_file_is_usable(own))
		return false;
	if (thread->busy)
		thread->usable = own;
	return true;
}

int own_file_ready(struct own_file *own)
{
	int error = 0;

	if (unlikely(__atomic_load_n(&own->given_up, __ATOMIC_RELAXED)))
		return -EBADF;
	if (likely(is_usable_in_this_call(own)))
		return 0;
	if (!turn_take(&own->turn))
		return -EAGAIN;
	if (!own_file_is_usable(own))
		error = open_anew(own);
	turn_end(&own->turn);
	return error;
}

bool own_file_renew(struct own_file *own)
{
	if (own_fd_number(&own->fd) < 0 || own_file_is_usable(own))
		return false;
	if (thread->busy)
		thread->usable = NULL;
	(void)!own_file_ready(own);
	return true;
}

void own_file_give_up(struct own_file *own)
{
	__atomic_store_n(&own->given_up, true, __ATOMIC_RELAXED);
	own_fd_close(&own->fd);
}
