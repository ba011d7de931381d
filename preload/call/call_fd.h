/* SPDX-License-Identifier: MIT */
/*
 * One watched call on a descriptor, as call.h for one on a path.
 * Called by hooks/.  Any thread, any context; a vfork child is sent back by the gate.  errno
 * stays as it was, unless the call itself fails.
 */
#ifndef PYCSHIM_CALL_FD_H
#define PYCSHIM_CALL_FD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attributes.h"
#include "host/thread.h"

/* A call on a descriptor that is known (host/descriptor.h). */
struct call_fd {
	bool answered; /* no real call: it fails with `error`, or succeeds if that is 0 */
	int error;
	int host_error;
	uint64_t begin_ns;
	struct descriptor
		*descriptor; /* for call_end_fd(); NULL if nothing is left to do */
	struct thread_mark mark;
};

enum call_fd_operation {
	CALL_read,
	CALL_write,
	CALL_close,
	CALL_fstat,
	CALL_isatty,
	CALL_dup,
	CALL_fdopen,
	CALL_fdopendir,
	CALL_fclose,
	CALL_fflush,
};

/*
 * Begins and ends a call on a known descriptor.  call_begin_fd() returns false if the caller
 * only has to make the real call.  Otherwise the caller does not make it if call->answered is
 * set, and else makes it and calls call_end_fd() with the result.
 *
 * `detail` is from hooks.def: the buffer of a read or an fstat, the command of an fcntl.
 * `wanted` is the size of a read or a write, in bytes.
 */
bool call_begin_fd(struct call_fd *call, enum call_fd_operation operation,
		   int fd) MUST_CHECK NONNULL;
void call_end_fd(struct call_fd *call, enum call_fd_operation operation, intptr_t detail,
		 size_t wanted, long result) NONNULL;

/*
 * The same for dup2(fd, to) and dup3.  If `fd` is a descriptor of our own, which the host
 * cannot know, the call is answered with EBADF.
 */
bool call_begin_copy(struct call_fd *call, int fd, int to) MUST_CHECK NONNULL;
void call_end_copy(struct call_fd *call, int fd, long result) NONNULL;

/* Is a known descriptor in the range?  For calls that close many at once. */
bool call_range_matters(unsigned first, unsigned last);

/* close_range() that leaves our own descriptors open: 0, or -1 with errno. */
int call_close_range(unsigned first, unsigned last, int flags);

#endif
