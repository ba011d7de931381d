/*
 * The part of call.h that starts from a descriptor.  Runs in the host: any thread, any
 * context, a vfork child too.
 */
#include <errno.h>
#include <string.h>
#include <sys/resource.h>

#include "append.h"
#include "bracket.h"
#include "call.h"
#include "config.h"
#include "descriptor.h"
#include "identity.h"
#include "own_stack.h"
#include "process.h"
#include "recorder.h"
#include "shadow.h"
#include "sys.h"
#include "thread.h"
#include "trace.h"

/* The program may see the flags of what it has opened now. */
static void show(struct descriptor *descriptor)
{
	if (descriptor->cautious)
		sys_fcntl(descriptor->fd, F_SETFL, descriptor->flags);
	descriptor->cautious = false;
}

/* The descriptor is about to be closed: the number may be another thread's at once. */
static void closing(struct descriptor *descriptor)
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
			thread->imported_source = 0; /* 2.7: it was compiled long ago */
			descriptor_drop(descriptor);
			break;
		}
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

static void begin(struct call_fd *call, enum call_fd_operation operation)
{
	struct descriptor *descriptor = call->descriptor;

	switch (operation) {
	case CALL_close:
		closing(descriptor);
		call->descriptor = NULL;
		break;
	case CALL_fclose:
		if (descriptor_kind(descriptor) == DESCRIPTOR_WRITTEN) {
			trace_stream_closing(descriptor);
			descriptor_keep_path(descriptor);
			break;
		}
		closing(descriptor);
		call->descriptor = NULL;
		break;
	case CALL_fdopen:
		show(descriptor);
		descriptor->stream = true;
		call->descriptor = NULL;
		break;
	case CALL_dup:
		show(descriptor);
		break;
	default:
		break;
	}
}

/* What we opened under this number, and not what the host has put there since. */
static bool is_still_ours(int fd)
{
	return recorder_owns(fd) || shadow_owns(fd);
}

/* The end of an import's look-up, as its begin (call.c): no vfork child's. */
static bool ends_import(const struct descriptor *descriptor,
			enum call_fd_operation operation)
{
	return operation == CALL_close &&
	       descriptor_kind(descriptor) == DESCRIPTOR_LOOKUP &&
	       thread->open_pyc == descriptor->key && !descriptor->pending;
}

struct beginning {
	struct call_fd *call;
	enum call_fd_operation operation;
};

/* On our own stack, but for what only looks. */
static void begin_closely(void *argument)
{
	const struct beginning *beginning = argument;

	begin(beginning->call, beginning->operation);
}

/* Is there nothing to be recorded before the call? */
static bool begins_simply(const struct descriptor *descriptor,
			  enum call_fd_operation operation)
{
	return operation == CALL_read || operation == CALL_write ||
	       operation == CALL_fstat ||
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
	if (descriptor_kind(descriptor) == DESCRIPTOR_OURS && !is_still_ours(fd)) {
		/* else a vfork child: the table is its parent's */
		if (process_gate(&call->mark))
			descriptor_drop(descriptor);
		return false;
	}
	if (descriptor_kind(descriptor) == DESCRIPTOR_OURS) {
		/*
		 * For the host there is nothing under this number.  But who closes what
		 * /proc/self/fd lists expects to succeed.
		 */
		call->answered = true;
		call->error = operation == CALL_close ? 0 : EBADF;
		return true;
	}
	looks = operation == CALL_read || operation == CALL_fstat;
	if (looks || ends_import(descriptor, operation) ? !process_gate_light(&call->mark)
							: !process_gate(&call->mark))
		return false;
	call->host_error = errno;
	call->descriptor = descriptor;
	thread_enter(&call->mark);
	if (begins_simply(descriptor, operation))
		begin_closely(&beginning);
	else
		own_stack_run(begin_closely, &beginning);
	call->begin_ns = call->descriptor && !looks ? sys_time_ns() : 0;
	thread_leave();
	errno = call->host_error;
	return call->descriptor != NULL;
}

static void looked_at(struct descriptor *descriptor, const struct stat *status)
{
	if (descriptor_kind(descriptor) == DESCRIPTOR_LOOKUP)
		trace_lookup_looked_at(descriptor, status);
	if (descriptor_kind(descriptor) != DESCRIPTOR_SOURCE || !descriptor->stream)
		return;
	thread->seen_key = descriptor->key;
	thread->seen_is_source = true;
	thread->seen = (struct pyc_source){true, (uint32_t)status->st_mtime,
					   (uint32_t)status->st_size};
	thread->seen_stamp_ns = identity_stamp_of(status);
	if (config.mode == MODE_redirect)
		identity_source_opened(descriptor->path, thread->seen_stamp_ns);
}

/*
 * Why not all was written: an errno, 0 where all was.  The kernel cuts a write short at
 * the process's limit on the size of files (RLIMIT_FSIZE), or where the space ends.
 * Of writev nobody has counted what is wanted: that is 0.
 */
static int why_not_all(int fd, long written, size_t wanted, int error)
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

static void wrote(const struct call_fd *call, long written, size_t wanted, int error)
{
	const struct descriptor *descriptor = call->descriptor;
	int why = why_not_all(descriptor->fd, written, wanted, error);

	trace_write(descriptor, call->begin_ns, written, why);
	shadow_write_failed(descriptor->device, why);
}

/*
 * What is known of a descriptor is true of its copy as well: names relative to a directory,
 * and writes to a pyc, which may fail.  A look-up, or the reading of a source, goes on by
 * the descriptor that it began with.
 */
static void follow_copy(const struct descriptor *from, int fd)
{
	int kind = descriptor_kind(from);
	struct descriptor *copy;

	if (kind != DESCRIPTOR_DIRECTORY && kind != DESCRIPTOR_SHADOW &&
	    kind != DESCRIPTOR_WRITTEN)
		return;
	copy = descriptor_add(fd, kind, WATCH_NOTHING);
	if (!copy || kind != DESCRIPTOR_WRITTEN)
		return;
	copy->key = from->key;
	copy->action = from->action;
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

/* On our own stack, but for what only looks. */
static void end_closely(void *argument)
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
		break;
	case CALL_write:
		if (kind == DESCRIPTOR_WRITTEN)
			wrote(call, result, wanted, error);
		break;
	case CALL_fstat:
		if (!error)
			looked_at(descriptor, (const struct stat *)detail);
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

/* Is there nothing to be recorded after the call? */
static bool ends_simply(const struct descriptor *descriptor,
			enum call_fd_operation operation)
{
	return (operation == CALL_read && !descriptor->pending) ||
	       (operation == CALL_fstat && descriptor->pending != PENDING_VERDICT);
}

void call_end_fd(struct call_fd *call, enum call_fd_operation operation, intptr_t detail,
		 size_t wanted, long result)
{
	int host_error = errno;
	struct ending ending = {call,	operation, detail,
				wanted, result,	   result < 0 ? host_error : 0};

	thread_enter(&call->mark);
	if (ends_simply(call->descriptor, operation))
		end_closely(&ending);
	else
		own_stack_run(end_closely, &ending);
	thread_leave();
	errno = host_error;
}

/*
 * The number that is to be another file's is about to be closed.  Where that is ours we go
 * elsewhere.  What a look-up or a source was has to be told now, while the file can be read;
 * all else is forgotten when the copy was made.  On our own stack.
 */
static void giving_way(void *argument)
{
	int to = *(const int *)argument;
	struct descriptor *descriptor = descriptor_find(to);

	switch (descriptor ? descriptor_kind(descriptor) : DESCRIPTOR_FREE) {
	case DESCRIPTOR_OURS:
		if (!is_still_ours(to)) {
			descriptor_drop(descriptor);
			break;
		}
		recorder_move_descriptor(to);
		shadow_move_descriptor(to);
		break;
	case DESCRIPTOR_LOOKUP:
	case DESCRIPTOR_SOURCE:
		closing(descriptor);
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
		show(descriptor);
		call->answered = descriptor_kind(descriptor) == DESCRIPTOR_OURS &&
				 is_still_ours(fd);
	}
	if (call->answered)
		return true;
	/* a copy onto itself, or of nothing, changes nothing */
	if (fd == to || sys_fcntl(fd, F_GETFD, 0) < 0 || !process_gate(&call->mark))
		return false;
	call->host_error = errno;
	thread_enter(&call->mark);
	own_stack_run(giving_way, &to);
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
	int fd = descriptor->fd;

	return fd >= 0 && (unsigned)fd >= first && (unsigned)fd <= last;
}

bool call_range_matters(unsigned first, unsigned last)
{
	unsigned i;

	if (!descriptor_slots)
		return false;
	for (i = 0; i < DESCRIPTOR_SLOTS; i++)
		if (descriptor_kind(&descriptor_slots[i]) > DESCRIPTOR_CLAIMED &&
		    lies_between(&descriptor_slots[i], first, last))
			return true;
	return false;
}

/* close_range, or one by one where the kernel has it not or a filter forbids it. */
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

/* The lowest of our own descriptors from `first` on; LONG_MAX for none. */
static long next_of_ours(long first)
{
	long next = LONG_MAX, fd;
	unsigned i;

	for (i = 0; i < DESCRIPTOR_SLOTS; i++) {
		fd = descriptor_slots[i].fd;
		if (descriptor_kind(&descriptor_slots[i]) == DESCRIPTOR_OURS &&
		    fd >= first && fd < next && is_still_ours((int)fd))
			next = fd;
	}
	return next;
}

int call_close_range(unsigned first, unsigned last, int flags)
{
	long from, ours, result = 0; /* wider than what may be `last`, ~0u */
	int host_error = errno;
	unsigned i;

	if (first > last) {
		errno = EINVAL;
		return -1;
	}
	/* CLOSE_RANGE_CLOEXEC closes nothing now */
	if (!(flags & 4) && process_gate(__builtin_frame_address(0)))
		for (i = 0; i < DESCRIPTOR_SLOTS; i++)
			if (descriptor_kind(&descriptor_slots[i]) > DESCRIPTOR_OURS &&
			    lies_between(&descriptor_slots[i], first, last))
				descriptor_drop(&descriptor_slots[i]);
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
