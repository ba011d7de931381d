/* SPDX-License-Identifier: MIT */
/*
 * See quiet.h.
 */
#include "host/quiet.h"

#include <signal.h>
#include <stdint.h>

#include "host/own_stack.h"
#include "host/sys.h"

long quiet_write(int fd, const void *data, size_t bytes, int signal)
{
	const uint64_t set = 1ull << (signal - 1);
	const struct timespec at_once = {0, 0};
	uint64_t before = 0;
	long written, error;

	if (own_stack_blocks(signal)) { /* we have blocked it already */
		written = sys_write(fd, data, bytes);
		if (written < 0)
			SYS4(rt_sigtimedwait, &set, NULL, &at_once, sizeof(set));
		return written;
	}
	error = SYS4(rt_sigprocmask, SIG_BLOCK, &set, &before, sizeof(set));
	written = sys_write(fd, data, bytes);
	/* take the signal, unless the host had blocked it: then it may be the host's */
	if (written < 0 && !error && !(before & set))
		SYS4(rt_sigtimedwait, &set, NULL, &at_once, sizeof(set));
	if (!error)
		SYS4(rt_sigprocmask, SIG_SETMASK, &before, NULL, sizeof(before));
	return written;
}
