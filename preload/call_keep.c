/*
 * See call_keep.h, and call_hold() and call_name_elsewhere() in call.h.  Runs in the host:
 * any thread, any context, a vfork child too.
 */
#include "call_keep.h"

#include <errno.h>
#include <string.h>

#include "pyc_path.h"
#include "shadow.h"
#include "sys.h"
#include "text.h"

/* Above the numbers that the real call, and other threads, may count on to get. */
#define HELD_DESCRIPTOR 500

void call_release(struct call *call)
{
	if (likely(call->directory < 0))
		return;
	sys_close(call->directory);
	if (call->dirfd == call->directory)
		call->dirfd = -1;
	call->directory = -1;
}

/* The last component of the path in the directory that is held; its length with the NUL. */
static size_t name_in_held(const struct call *call, char buffer[CALL_NAME_BYTES])
{
	const char *path = call_path(call);
	struct text name = fd_name(buffer, call->directory);

	name.size = CALL_NAME_BYTES;
	text_add(&name, path + pyc_path_base(path, call->path_length) - 1);
	return name.length + 1;
}

bool call_keep_path(struct call *call)
{
	char name[CALL_NAME_BYTES];
	const char *first = name;
	size_t before = 0, bytes;
	char *to = call->room;

	if (call->absolute != call->buffer) /* the host's own string */
		return true;
	if (unlikely(call->directory >= 0) && call->decision != CALL_DONE) {
		before = name_in_held(call, name);
	} else if (call->decision == CALL_ELSEWHERE) { /* it goes over into the path */
		before = (size_t)(call->absolute - call->path);
		first = call->path;
	}
	bytes = strlen(call->absolute) + 1;
	if (before + bytes > CALL_ROOM)
		to = call->held = sys_map(CALL_PATH_BYTES, MAP_PRIVATE);
	if (!to)
		return false;
	memcpy(to, first, before);
	memcpy(to + before, call->absolute, bytes);
	if (before || call->path == call->absolute)
		call->path = to;
	call->absolute = to + before;
	return true;
}

void call_hold(struct call *call, int fd)
{
	int high = sys_fcntl(fd, F_DUPFD_CLOEXEC, HELD_DESCRIPTOR);

	call_release(call);
	if (high >= 0)
		sys_close(fd);
	call->directory = high >= 0 ? high : fd;
}

void call_drop_path(struct call *call)
{
	if (unlikely(call->held))
		sys_unmap(call->held, CALL_PATH_BYTES);
	call_release(call);
}

int call_name_elsewhere(struct call *call)
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
		call->path = NULL; /* see call_keep_path() */
		call->decision = CALL_ELSEWHERE;
		return 0;
	}
	call_release(call); /* of the directory in place */
	memcpy(call->buffer - length, name, length);
	call->path = call->buffer - length;
	call->decision = CALL_ELSEWHERE;
	return 0;
}
