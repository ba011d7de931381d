/*
 * The part of trace.h that starts from a descriptor.  Runs in the host: any thread, any
 * context; errno is the caller's to keep.
 */
#include <errno.h>
#include <string.h>

#include "fd_path.h"
#include "magic.h"
#include "recorder.h"
#include "sys.h"
#include "thread.h"
#include "trace.h"
#include "whole.h"

static bool is_temporary(const struct descriptor *descriptor)
{
	return pyc_path_class(descriptor->path, strlen(descriptor->path)) ==
	       PYC_TEMPORARY;
}

/* An event about the file of a descriptor; a frame of its own for the path. */
static __attribute__((noinline)) void emit(const struct descriptor *descriptor,
					   const struct record *head, uint64_t bytes)
{
	union {
		struct record_event event;
		char bytes[sizeof(struct record_event) + PATH_MAX + 8];
	} buffer __attribute__((aligned(8)));
	size_t length = strlen(descriptor->path);
	struct verdict_event event = {.operation = head->type,
				      .flags = head->flags,
				      .error = head->error,
				      .temporary = is_temporary(descriptor),
				      .key = descriptor->key,
				      .amount = bytes};

	buffer.event.record = *head;
	buffer.event.record.action = descriptor->action;
	buffer.event.bytes = bytes;
	memcpy(buffer.event.path, descriptor->path, length + 1);
	recorder_append(&buffer.event.record, sizeof(struct record_event) + length + 1,
			&event);
}

static struct record timed(enum record_type type, uint64_t begin_ns, int error)
{
	return (struct record){
		.type = (uint8_t)type,
		.error = (uint16_t)error,
		.time_ns = begin_ns,
		.duration_ns = trace_since(begin_ns),
	};
}

void trace_retract(const struct descriptor *descriptor)
{
	struct record head = timed(RECORD_retract, sys_time_ns(), 0);

	emit(descriptor, &head, 0);
}

/* What a module was compiled to begins with the interpreter's magic.  Done once. */
static void learn_magic(const struct descriptor *descriptor)
{
	const struct verdict_frame *frame = verdict_find(&thread->verdict,
							 descriptor->key);
	char name[FD_NAME_BYTES];
	uint8_t header[4] = {0};
	int fd;

	if (!frame || !frame->compiled)
		return;
	fd_name(name, descriptor->fd);
	fd = sys_openat(AT_FDCWD, name, O_RDONLY | O_NONBLOCK, 0);
	if (fd < 0)
		return;
	if (sys_pread(fd, header, sizeof(header), 0) == (long)sizeof(header))
		magic_learn(header);
	sys_close(fd);
}

void trace_write(const struct descriptor *descriptor, uint64_t begin_ns, long bytes,
		 int why)
{
	struct record head = timed(RECORD_write, begin_ns, why);

	/* is it still what we saw it opened on? */
	if (!sys_is_open_on(descriptor->fd, descriptor->device, descriptor->inode))
		return;
	if (why && bytes >= 0)
		head.flags = RECORD_SHORT;
	whole_note(descriptor->device, descriptor->inode, why);
	if (!magic_is_known() && bytes > 0 && is_temporary(descriptor))
		learn_magic(descriptor);
	emit(descriptor, &head, bytes < 0 ? 0 : (uint64_t)bytes);
}

/* Another process may unlink the file before we can look at it: hold on to it. */
void trace_stream_closing(struct descriptor *descriptor)
{
	char path[FD_NAME_BYTES];
	struct stat status;

	descriptor->unlinked = sys_fstat(descriptor->fd, &status) < 0 ||
			       status.st_nlink == 0;
	fd_name(path, descriptor->fd);
	descriptor->reader = sys_openat(AT_FDCWD, path, O_RDONLY | O_NONBLOCK, 0);
	if (descriptor->reader < 0) /* no /proc */
		descriptor->reader = sys_openat(AT_FDCWD, descriptor->path,
						O_RDONLY | O_NONBLOCK, 0);
}

/*
 * 2.7 writes through stdio, whose writes nobody sees; the header's time comes last
 * (py_compile: the magic), so it tells whether the file is whole.
 */
void trace_stream_closed(const struct descriptor *descriptor, uint64_t begin_ns,
			 int error)
{
	struct record head;
	uint8_t header[8] = {0};
	struct stat status;
	int fd = descriptor->reader;
	bool ours = fd >= 0 && sys_fstat(fd, &status) == 0 &&
		    sys_is_file(&status, descriptor->device, descriptor->inode);

	if (ours)
		sys_pread(fd, header, sizeof(header), 0);
	if (fd >= 0)
		sys_close(fd);
	if (!ours)
		return;
	head = timed(RECORD_write, begin_ns,
		     descriptor->error ? descriptor->error : error);
	whole_note(descriptor->device, descriptor->inode, head.error);
	/* Debian's py_compile writes a temporary by stdio: its rename puts it in place */
	if (!head.error && !descriptor->unlinked && header[2] == '\r' &&
	    pyc_header_word(header + 4) && !is_temporary(descriptor))
		head.flags = RECORD_COMPLETE;
	emit(descriptor, &head, (uint64_t)status.st_size);
}
