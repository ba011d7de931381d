/*
 * See deny.h.  Runs in the host: any thread, any context; raw system calls only.
 *
 * The order of errors is the kernel's: what is there already, or is missing, is told
 * before the file system is found to be read-only.
 */
#include "deny.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "place.h"
#include "scratch.h"
#include "sys.h"

static int look(const struct call *call)
{
	struct stat status;

	return place_look(call, &status);
}

/* Is there a directory that something new could be in? */
static bool has_parent(const struct call *call)
{
	SCRATCH(char, parent, PATH_MAX);
	struct stat status;
	size_t length = pyc_path_base(call_path(call), call->path_length);

	memcpy(parent, call_path(call), length);
	parent[length] = '\0';
	return sys_fstatat(AT_FDCWD, parent, &status, 0) == 0 && S_ISDIR(status.st_mode);
}

/* Something new: the real call knows what is wrong where more than that is. */
static void refuse_new(struct call *call, const struct call *about)
{
	int found = look(about);

	if (found == 0)
		call_done(call, -EEXIST);
	else if (found == -ENOENT && has_parent(about))
		call_done(call, -EROFS);
}

/* Something that must be there. */
static void refuse_change(struct call *call)
{
	if (look(call) == 0)
		call_done(call, -EROFS);
}

static void refuse_open(struct call *call)
{
	int flags = call_open_flags(call);

	if (!call_opens_for_writing(flags))
		return;
	if (flags & O_EXCL && flags & O_CREAT)
		refuse_new(call, call);
	else if (flags & O_CREAT && look(call) == -ENOENT && has_parent(call))
		call_done(call, -EROFS);
	else
		refuse_change(call);
}

void deny_call(struct call *call)
{
	switch (call->operation) {
	case CALL_open:
	case CALL_fopen:
		refuse_open(call);
		break;
	case CALL_mkdir:
	case CALL_symlink:
	case CALL_mknod:
		refuse_new(call, call);
		break;
	case CALL_change:
	case CALL_chmod:
		refuse_change(call);
		break;
	case CALL_access:
		if (call->detail & W_OK)
			refuse_change(call);
		break;
	default:
		break;
	}
}

void deny_pair(struct call_pair *pair)
{
	struct call *from = &pair->from;

	if (!pair->to.covered || look(from) < 0)
		return;
	if (from->operation == CALL_link)
		refuse_new(from, &pair->to);
	else
		call_done(from, -EROFS);
}
