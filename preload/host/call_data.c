/* SPDX-License-Identifier: MIT */
/*
 * See call_data.h.
 */
#include "host/call_data.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "host/config.h"
#include "host/sys.h"
#include "host/text.h"
#include "pyc_path.h"

/* Above the numbers that the real call, and other threads, may expect to get. */
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

/* Write /proc/self/fd/N/NAME for a path whose directory is held; returns its size. */
static size_t name_in_held(const struct call *call, char buffer[CALL_NAME_BYTES])
{
	const char *path = call_path(call);
	struct text name = fd_name(buffer, call->directory);

	name.size = CALL_NAME_BYTES;
	text_add(&name, path + pyc_path_base(path, call->path_length) - 1);
	return name.length + 1;
}

struct descriptor *call_follow(const struct call *call, int fd, enum descriptor_kind kind,
			       bool stream)
{
	struct descriptor *slot = descriptor_add(fd, kind);

	if (!slot)
		return NULL;
	slot->key = call->key;
	slot->stream = stream;
	slot->action = call->action;
	slot->got = 0;
	memcpy(slot->path, call_path(call), call->path_length + 1);
	return slot;
}

bool call_keep_path(struct call *call)
{
	char name[CALL_NAME_BYTES];
	const char *first = name;
	size_t before = 0, bytes;
	char *to = call->room;

	if (call->absolute != call->buffer) /* it is the host's own string */
		return true;
	if (unlikely(call->directory >= 0) && call->decision != CALL_DONE) {
		before = name_in_held(call, name);
	} else if (call->decision == CALL_ELSEWHERE) { /* a prefix of the absolute path */
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

void call_done(struct call *call, long result)
{
	call->decision = CALL_DONE;
	call->result = result;
	call->action = config.mode == MODE_deny ? ACTION_deny : ACTION_redirect;
}

void call_inherit(const struct call *call)
{
	if (call_has_opened(call) && !(call->open_flags & O_CLOEXEC))
		sys_fcntl((int)call->result, F_SETFD, 0);
}

long call_result(const struct call *call)
{
	if (call->result >= 0)
		return call->result;
	errno = (int)-call->result;
	return -1;
}

int call_mode_flags(const char *mode)
{
	int flags = strchr(mode, '+') ? O_RDWR : *mode == 'r' ? O_RDONLY : O_WRONLY;

	if (*mode == 'w')
		flags |= O_CREAT | O_TRUNC;
	if (*mode == 'a')
		flags |= O_CREAT | O_APPEND;
	if (strchr(mode, 'e'))
		flags |= O_CLOEXEC;
	return strchr(mode, 'x') ? flags | O_EXCL : flags;
}
