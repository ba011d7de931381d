/*
 * See call.h.  Runs in the host: any thread, any context, a vfork child too.
 */
#include "call.h"

#include <errno.h>
#include <string.h>

#include "abspath.h"
#include "bracket.h"
#include "config.h"
#include "policy.h"
#include "process.h"
#include "sys.h"
#include "thread.h"
#include "trace.h"

/* Fill in what the call is about; false: nothing of ours. */
static bool look_at(struct call *call, int dirfd, const char *path)
{
	char *absolute = call->record.lookup.path;
	long length = abspath_make(absolute, PATH_MAX, dirfd, path);

	call->class = length < 0 ? PYC_NONE : pyc_path_class(absolute, (size_t)length);
	if (call->class == PYC_NONE || call->class == PYC_INSIDE)
		return false;
	call->path_length = (size_t)length;
	call->key = pyc_path_key(absolute, (size_t)length);
	return policy_covers(config.only, config.skip, absolute, (size_t)length);
}

bool call_begin(struct call *call, enum call_operation operation, int dirfd, const char *path,
		intptr_t detail)
{
	if (!process_gate())
		return false;
	thread.busy = true;
	call->operation = operation;
	call->error = 0;
	call->detail = detail;
	call->host_error = errno;
	if (!look_at(call, dirfd, path)) {
		thread.busy = false;
		return false;
	}
	bracket_touch(call->key);
	call->begin_ns = sys_time_ns();
	thread.busy = false;
	return true;
}

static void end(struct call *call, int fd, int error, bool stream)
{
	int host_error = errno;

	thread.busy = true;
	trace_call(call, fd, error, stream);
	thread.busy = false;
	errno = host_error;
}

void call_end(struct call *call, long result)
{
	end(call, (int)result, result < 0 ? errno : 0, false);
}

void call_end_stream(struct call *call, FILE *stream)
{
	end(call, stream ? fileno(stream) : -1, stream ? 0 : errno, true);
}

bool call_begin_pair(struct call_pair *pair, int dirfd, const char *path, int to_dirfd,
		     const char *to)
{
	bool from_ours, to_ours;

	if (!process_gate())
		return false;
	thread.busy = true;
	pair->from.error = 0;
	pair->from.operation = CALL_rename;
	from_ours = look_at(&pair->from, dirfd, path);
	to_ours = look_at(&pair->to, to_dirfd, to);
	/* both paths are recorded, also where one is none of ours */
	if (pair->from.class == PYC_SOURCE && pair->to.class == PYC_SOURCE)
		from_ours = to_ours = false;
	if (from_ours || to_ours) {
		bracket_touch(to_ours ? pair->to.key : pair->from.key);
		pair->from.begin_ns = sys_time_ns();
	}
	thread.busy = false;
	return from_ours || to_ours;
}

void call_end_pair(struct call_pair *pair, long result)
{
	int host_error = errno;

	thread.busy = true;
	trace_rename(&pair->from, &pair->to, result < 0 ? host_error : 0);
	thread.busy = false;
	errno = host_error;
}
