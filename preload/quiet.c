/*
 * See quiet.h.
 */
#include "quiet.h"

#include <signal.h>
#include <stdint.h>

#include "own_stack.h"
#include "sys.h"

long quiet_write(int fd, const void *data, size_t bytes, int signal)
{
	const uint64_t set = 1ull << (signal - 1);
	const struct timespec at_once = {0, 0};
	uint64_t before = 0;
	long written, error;

	if (own_stack_blocks(signal)) { /* by us, already */
		written = sys_write(fd, data, bytes);
		if (written < 0)
			SYS4(rt_sigtimedwait, &set, NULL, &at_once, sizeof(set));
		return written;
	}
	error = SYS4(rt_sigprocmask, SIG_BLOCK, &set, &before, sizeof(set));
	written = sys_write(fd, data, bytes);
	/* take it; where the host had blocked it, it stays as pending as it was */
	if (written < 0 && !error && !(before & set))
		SYS4(rt_sigtimedwait, &set, NULL, &at_once, sizeof(set));
	if (!error)
		SYS4(rt_sigprocmask, SIG_SETMASK, &before, NULL, sizeof(before));
	return written;
}
