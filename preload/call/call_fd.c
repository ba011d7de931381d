/* SPDX-License-Identifier: MIT */
/*
 * See call_fd.h.  The functions named *_on_own_stack may need more stack than the host has, and
 * then run on a stack of our own (own_stack.h).
 */
#include "call/call_fd.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>

#include "host/config.h"
#include "host/descriptor.h"
#include "host/own_fd.h"
#include "host/own_stack.h"
#include "host/process.h"
#include "host/source_hash.h"
#include "host/sys.h"
#include "host/thread.h"
#include "record/append.h"
#include "store/directory.h"
#include "store/source.h"
#include "trace/bracket.h"
#include "trace/trace_fd.h"
#include "trace/trace_lookup.h"
#include "view/identity.h"
#include "view/shadow.h"

/*
 * Clears the O_NONBLOCK that the program has not asked for (shadow_open_known()), because
 * from now on the program may see or use the descriptor's flags.
 */
static void restore_flags(struct descriptor *descriptor)
{
	if (descriptor->cautious)
		sys_fcntl(descriptor->fd, F_SETFL, descriptor->flags);
	descriptor->cautious = false;
}

/*
 * Before a descriptor is closed.  This cannot wait until after the close, because another
 * thread may get the number at once.
 */
static void fd_closing(struct descriptor *descriptor)
{
	switch (descriptor_kind(descriptor)) {
	case DESCRIPTOR_LOOKUP:
		trace_lookup_closed(descriptor);
		descriptor_drop(descriptor);
		break;
	case DESCRIPTOR_SOURCE:
		if (thread->open_source == descriptor->key)
			thread->open_source = 0;
		if (thread->imported_source == descriptor->key) {
			/* Python 2.7 keeps the source open while the module runs */
			thread->imported_source = 0;
			descriptor_drop(descriptor);
			break;
		}
		if (source_hash_is_wanted())
			source_hash_closing(descriptor);
		descriptor_keep_path(descriptor);
		bracket_begin(descriptor->key, descriptor);
		break;
	default:
		if (descriptor_kind(descriptor) == DESCRIPTOR_WRITTEN &&
		    descriptor->action == ACTION_redirect)
			identity_stamp_open(descriptor->path, descriptor->fd);
		descriptor_drop(descriptor);
		break;
	}
}

static void fd_begin(struct call_fd *call, enum call_fd_operation operation)
{
	struct descriptor *descriptor = call->descriptor;

	switch (operation) {
	case CALL_close:
		fd_closing(descriptor);
		call->descriptor = NULL;
		break;
	case CALL_fclose:
		if (descriptor_kind(descriptor) == DESCRIPTOR_WRITTEN) {
			trace_stream_closing(descriptor);
			descriptor_keep_path(descriptor);
			break;
		}
		fd_closing(descriptor);
		call->descriptor = NULL;
		break;
	case CALL_fdopen:
		restore_flags(descriptor);
		descriptor->stream = true;
		call->descriptor = NULL;
		break;
	case CALL_dup:
		restore_flags(descriptor);
		break;
	default:
		break;
	}
}

struct beginning {
	struct call_fd *call;
	enum call_fd_operation operation;
};

static void fd_begin_on_own_stack(void *argument)
{
	const struct beginning *beginning = argument;

	fd_begin(beginning->call, beginning->operation);
}

/* Is nothing recorded before the call, so that the host's stack is enough? */
static bool begins_simply(const struct descriptor *descriptor,
			  enum call_fd_operation operation)
{
	return operation == CALL_read || operation == CALL_write ||
	       operation == CALL_fstat || operation == CALL_isatty ||
	       (operation == CALL_close &&
		descriptor_kind(descriptor) == DESCRIPTOR_LOOKUP &&
		!descriptor->pending && descriptor->read_all);
}

bool call_begin_fd(struct call_fd *call, enum call_fd_operation operation, int fd)
{
	struct beginning beginning = {call, operation};
	struct descriptor *descriptor = descriptor_find(fd);
	bool looks;

	if (!descriptor)
		return false;
	call->answered = false;
	if (descriptor_kind(descriptor) == DESCRIPTOR_OURS && !own_fd_owns(fd)) {
		/* a vfork child must not change its parent's table */
		if (process_gate(&call->mark))
			descriptor_drop(descriptor);
		return false;
	}
	if (descriptor_kind(descriptor) == DESCRIPTOR_OURS) {
		/*
		 * For the host there is no such descriptor.  But a program that closes
		 * all that /proc/self/fd lists expects success.
		 */
		call->answered = true;
		call->error = operation == CALL_close ? 0 : EBADF;
		return true;
	}
	looks = operation == CALL_read || operation == CALL_fstat ||
		operation == CALL_isatty;
	if (!process_gate(&call->mark))
		return false;
	call->host_error = errno;
	call->descriptor = descriptor;
	thread_enter(&call->mark);
	if (begins_simply(descriptor, operation))
		fd_begin_on_own_stack(&beginning);
	else
		own_stack_run(fd_begin_on_own_stack, &beginning);
	call->begin_ns = call->descriptor && !looks ? sys_time_ns() : 0;
	thread_leave();
	errno = call->host_error;
	return call->descriptor != NULL;
}

/* After an fstat() of a pyc or a source. */
static void fd_looked_at(struct descriptor *descriptor, const struct stat *status)
{
	if (descriptor_kind(descriptor) == DESCRIPTOR_LOOKUP)
		trace_lookup_looked_at(descriptor, status);
	if (descriptor_kind(descriptor) == DESCRIPTOR_WRITTEN)
		trace_written_looked_at(descriptor, status);
	if (descriptor_kind(descriptor) != DESCRIPTOR_SOURCE || !descriptor->stream)
		return;
	thread->seen_key = descriptor->key;
	thread->seen_is_source = true;
	thread->seen = (struct pyc_source){true, (uint32_t)status->st_mtime,
					   (uint32_t)status->st_size};
	thread->seen_stamp_ns = stamp_of(status);
	if (config.mode == MODE_redirect)
		identity_source_opened(descriptor->path, thread->seen_stamp_ns, true,
				       false);
}

/*
 * Returns the errno that explains a failed or short write; 0 if all was written.  The kernel
 * cuts a write short at the limit on the size of files (RLIMIT_FSIZE), or where the space
 * ends.  For writev() `wanted` is 0, and only errors are seen.
 */
static int explain_write(int fd, long written, size_t wanted, int error)
{
	uint64_t limit;
	struct stat status;

	if (error || (size_t)written >= wanted)
		return error;
	limit = append_size_limit();
	return limit != RLIM_INFINITY && sys_fstat(fd, &status) == 0 &&
			       (uint64_t)status.st_size >= limit
		       ? EFBIG
		       : ENOSPC;
}

static void fd_wrote(const struct call_fd *call, const void *bytes, long written,
		     size_t wanted, int error)
{
	struct descriptor *descriptor = call->descriptor;
	int why = explain_write(descriptor->fd, written, wanted, error);

	trace_write(descriptor, call->begin_ns, written, why);
	shadow_write_failed(descriptor->device, why);
	if (store_is_wanted() && bytes && !why && descriptor->got == 0)
		store_pyc_written(descriptor, bytes, wanted);
	descriptor->got += written > 0 ? (uint64_t)written : 0;
}

/*
 * A copy of a known descriptor is known, too, for names relative to a directory and for
 * writes to a pyc.  A look-up, or the reading of a source, is followed only by the descriptor
 * that it began with.
 */
static void follow_copy(const struct descriptor *from, int fd)
{
	int kind = descriptor_kind(from);
	struct descriptor *copy;

	if (kind != DESCRIPTOR_DIRECTORY && kind != DESCRIPTOR_SHADOW &&
	    kind != DESCRIPTOR_WRITTEN)
		return;
	copy = descriptor_add(fd, kind);
	if (!copy || kind != DESCRIPTOR_WRITTEN)
		return;
	copy->key = from->key;
	copy->action = from->action;
	copy->identified = from->identified;
	copy->asked = copy->exclusive = false;
	copy->device = from->device;
	copy->inode = from->inode;
	memcpy(copy->path, from->path, strlen(from->path) + 1);
}

struct ending {
	struct call_fd *call;
	enum call_fd_operation operation;
	intptr_t detail;
	size_t wanted;
	long result;
	int error;
};

static void fd_end_on_own_stack(void *argument)
{
	const struct ending *ending = argument;
	const struct call_fd *call = ending->call;
	struct descriptor *descriptor = call->descriptor;
	int kind = descriptor_kind(descriptor), error = ending->error;
	intptr_t detail = ending->detail;
	size_t wanted = ending->wanted;
	long result = ending->result;

	switch (ending->operation) {
	case CALL_read:
		if (kind == DESCRIPTOR_LOOKUP)
			trace_lookup_read(descriptor, (const uint8_t *)detail, wanted,
					  result);
		else if (kind == DESCRIPTOR_SOURCE && result >= 0 &&
			 source_hash_is_wanted()) {
			source_hash_read(descriptor, (const void *)detail, result);
			descriptor->got += (uint64_t)result;
		}
		break;
	case CALL_write:
		if (kind == DESCRIPTOR_WRITTEN)
			fd_wrote(call, (const void *)detail, result, wanted, error);
		break;
	case CALL_isatty:
		if (kind == DESCRIPTOR_LOOKUP)
			trace_lookup_asked(descriptor);
		break;
	case CALL_fstat:
		if (!error)
			fd_looked_at(descriptor, (const struct stat *)detail);
		break;
	case CALL_dup:
		if (!error && (detail == F_DUPFD || detail == F_DUPFD_CLOEXEC))
			follow_copy(descriptor, (int)result);
		break;
	case CALL_fflush:
		if (error)
			descriptor->error = error;
		break;
	case CALL_fclose:
		if (descriptor->action == ACTION_redirect && descriptor->reader >= 0)
			identity_stamp_open(descriptor->path, descriptor->reader);
		trace_stream_closed(descriptor, call->begin_ns, error);
		descriptor_drop(descriptor);
		break;
	default:
		break;
	}
}

/* Is nothing recorded after the call, so that the host's stack is enough? */
static bool ends_simply(const struct descriptor *descriptor,
			enum call_fd_operation operation)
{
	return (operation == CALL_read && !descriptor->pending &&
		!(source_hash_is_wanted() &&
		  descriptor_kind(descriptor) == DESCRIPTOR_SOURCE)) ||
	       (operation == CALL_fstat && descriptor->pending != PENDING_VERDICT) ||
	       operation == CALL_isatty;
}

void call_end_fd(struct call_fd *call, enum call_fd_operation operation, intptr_t detail,
		 size_t wanted, long result)
{
	int host_error = errno;
	struct ending ending = {call,	operation, detail,
				wanted, result,	   result < 0 ? host_error : 0};

	thread_enter(&call->mark);
	if (ends_simply(call->descriptor, operation))
		fd_end_on_own_stack(&ending);
	else
		own_stack_run(fd_end_on_own_stack, &ending);
	thread_leave();
	errno = host_error;
}

/*
 * Before dup2() closes the descriptor `to`.  If it is our own, that moves to another number.
 * A look-up or a source is recorded now, while the file can still be read.  Others are
 * dropped after dup2() has succeeded.
 */
static void give_way_on_own_stack(void *argument)
{
	int to = *(const int *)argument;
	struct descriptor *descriptor = descriptor_find(to);

	switch (descriptor ? descriptor_kind(descriptor) : DESCRIPTOR_FREE) {
	case DESCRIPTOR_OURS:
		if (!own_fd_owns(to)) {
			descriptor_drop(descriptor);
			break;
		}
		own_fd_give_way(to);
		break;
	case DESCRIPTOR_LOOKUP:
	case DESCRIPTOR_SOURCE:
		fd_closing(descriptor);
		break;
	default:
		break;
	}
}

bool call_begin_copy(struct call_fd *call, int fd, int to)
{
	struct descriptor *descriptor = descriptor_find(fd);

	call->answered = false;
	call->error = EBADF;
	if (descriptor) {
		restore_flags(descriptor);
		call->answered = descriptor_kind(descriptor) == DESCRIPTOR_OURS &&
				 own_fd_owns(fd);
	}
	if (call->answered)
		return true;
	/* a copy onto itself changes nothing, and one of a closed descriptor fails */
	if (fd == to || sys_fcntl(fd, F_GETFD, 0) < 0 || !process_gate(&call->mark))
		return false;
	call->host_error = errno;
	thread_enter(&call->mark);
	own_stack_run(give_way_on_own_stack, &to);
	thread_leave();
	errno = call->host_error;
	return true;
}

void call_end_copy(struct call_fd *call, int fd, long result)
{
	struct descriptor *descriptor;
	int host_error = errno;

	if (result < 0)
		return;
	thread_enter(&call->mark);
	descriptor = descriptor_find((int)result);
	if (descriptor)
		descriptor_drop(descriptor);
	descriptor = descriptor_find(fd);
	if (descriptor)
		follow_copy(descriptor, (int)result);
	thread_leave();
	errno = host_error;
}

static bool lies_between(const struct descriptor *descriptor, unsigned first,
			 unsigned last)
{
	int fd = descriptor_fd(descriptor);

	return fd >= 0 && (unsigned)fd >= first && (unsigned)fd <= last;
}

bool call_range_matters(unsigned first, unsigned last)
{
	const struct descriptor *slot;
	int i;

	for (i = 0; (slot = descriptor_at(i)); i++)
		if (descriptor_kind(slot) > DESCRIPTOR_CLAIMED &&
		    lies_between(slot, first, last))
			return true;
	return false;
}

/* close_range(), or single closes if the kernel lacks it or a filter forbids it. */
static long close_between(unsigned first, unsigned last, int flags)
{
	long result = SYS3(close_range, first, last, flags);
	long fd, limit = 1 << 20;

	if (result != -ENOSYS && (result != -EPERM || flags))
		return result;
	if (flags)
		return -ENOSYS;
	for (fd = first; fd <= (long)last && fd < limit; fd++)
		sys_close((int)fd);
	return 0;
}

/* Returns the lowest of our own descriptors from `first` on; LONG_MAX if there is none. */
static long next_of_ours(long first)
{
	const struct descriptor *slot;
	long next = LONG_MAX, fd;
	int i;

	for (i = 0; (slot = descriptor_at(i)); i++) {
		fd = descriptor_fd(slot);
		if (descriptor_kind(slot) == DESCRIPTOR_OURS && fd >= first &&
		    fd < next && own_fd_owns((int)fd))
			next = fd;
	}
	return next;
}

int call_close_range(unsigned first, unsigned last, int flags)
{
	long from, ours, result = 0; /* long, because `last` may be ~0u */
	struct descriptor *slot;
	int host_error = errno, i;

	if (first > last) {
		errno = EINVAL;
		return -1;
	}
	/* 4 is CLOSE_RANGE_CLOEXEC, which closes nothing now */
	if (!(flags & 4) && process_gate(__builtin_frame_address(0)))
		for (i = 0; (slot = descriptor_at(i)); i++)
			if (descriptor_kind(slot) > DESCRIPTOR_OURS &&
			    lies_between(slot, first, last))
				descriptor_drop(slot);
	for (from = first; result == 0 && from <= (long)last; from = ours + 1) {
		ours = next_of_ours(from);
		if (ours > (long)last) {
			result = close_between((unsigned)from, last, flags);
			break;
		}
		if (ours > from)
			result = close_between((unsigned)from, (unsigned)ours - 1, flags);
	}
	errno = result < 0 ? (int)-result : host_error;
	return result < 0 ? -1 : 0;
}
