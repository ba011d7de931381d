/* SPDX-License-Identifier: MIT */
/*
 * See elsewhere.h.
 */
#include "view/elsewhere.h"

#include <errno.h>
#include <string.h>

#include "view/shadow.h"

int elsewhere_name(struct call *call)
{
	char name[FD_NAME_BYTES];
	size_t length = shadow_root_name(name);
	int fd, error = shadow_hold(call_rel(call), &fd);

	if (error < 0)
		return error;
	if (fd < 0 && length + call->path_length >= PATH_MAX)
		return -ENAMETOOLONG;
	if (call->absolute != call->buffer) {
		memcpy(call->buffer, call->absolute, call->path_length + 1);
		call->absolute = call->buffer;
	}
	if (unlikely(fd >= 0)) {
		call_hold(call, fd);
		call->path = NULL; /* call_keep_path() makes it of the directory */
		call->decision = CALL_ELSEWHERE;
		return 0;
	}
	call_release(call); /* the directory in place is not needed */
	memcpy(call->buffer - length, name, length);
	call->path = call->buffer - length;
	call->decision = CALL_ELSEWHERE;
	return 0;
}
