/* SPDX-License-Identifier: MIT */
/*
 * See trace_fd.h.
 */
#include "trace/trace_fd.h"

#include <errno.h>
#include <string.h>

#include "host/fd_path.h"
#include "host/sys.h"
#include "host/thread.h"
#include "host/whole.h"
#include "record/recorder.h"
#include "trace/event.h"
#include "trace/magic.h"

static bool is_temporary(const struct descriptor *descriptor)
{
	return pyc_path_class(descriptor->path, strlen(descriptor->path)) ==
	       PYC_TEMPORARY;
}

/* Record an event about a descriptor's file.  Not inlined: its frame is large. */
static __attribute__((noinline)) void fd_emit(const struct descriptor *descriptor,
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

/* The head of a record for a call that began at `begin_ns` and ends now. */
static struct record timed(enum record_type type, uint64_t begin_ns, int error)
{
	return (struct record){
		.type = (uint8_t)type,
		.error = (uint16_t)error,
		.time_ns = begin_ns,
		.duration_ns = event_since(begin_ns),
	};
}

void trace_retract(const struct descriptor *descriptor)
{
	struct record head = timed(RECORD_retract, sys_time_ns(), 0);

	fd_emit(descriptor, &head, 0);
}

/*
 * Learn the interpreter's magic from the pyc of a module that this thread has compiled.
 * Done once in a process, for each tag.
 */
static void learn_magic(const struct descriptor *descriptor)
{
	const struct pyc_path_parts parts = pyc_path_split(descriptor->path,
							   strlen(descriptor->path));
	const struct magic_tag tag = magic_tag(descriptor->path, parts.tag, parts.tag_end,
					       false);
	const struct verdict_frame *frame = verdict_find(&thread->verdict,
							 descriptor->key);
	char name[FD_NAME_BYTES];
	uint8_t header[4] = {0};
	int fd;

	if (magic_is_certain(tag) || !frame || !frame->compiled)
		return;
	fd_name(name, descriptor->fd);
	fd = sys_openat(AT_FDCWD, name, O_RDONLY | O_NONBLOCK, 0);
	if (fd < 0)
		return;
	if (sys_pread(fd, header, sizeof(header), 0) == (long)sizeof(header))
		magic_learn(tag, header);
	sys_close(fd);
}

void trace_written_looked_at(struct descriptor *descriptor, const struct stat *status)
{
	if (!descriptor->identified) {
		descriptor->device = status->st_dev;
		descriptor->inode = status->st_ino;
		descriptor->identified = true;
		/* an earlier file with this inode number may have been noted */
		whole_note(status->st_dev, status->st_ino, 0);
	}
	descriptor->asked = sys_is_file(status, descriptor->device, descriptor->inode);
}

/*
 * Is the descriptor still open on its file?  It may have been closed and reused where we
 * do not see it, but not since the program has asked for the file's status.
 */
static bool is_still_open(struct descriptor *descriptor)
{
	struct stat status;
	bool asked = descriptor->asked;

	descriptor->asked = false;
	if (descriptor->identified)
		return asked || sys_is_open_on(descriptor->fd, descriptor->device,
					       descriptor->inode);
	if (sys_fstat(descriptor->fd, &status) < 0)
		return false;
	trace_written_looked_at(descriptor, &status);
	return true;
}

void trace_write(struct descriptor *descriptor, uint64_t begin_ns, long bytes, int why)
{
	struct record head = timed(RECORD_write, begin_ns, why);

	if (!is_still_open(descriptor))
		return;
	if (why && bytes >= 0)
		head.flags = RECORD_SHORT;
	whole_note(descriptor->device, descriptor->inode, why);
	if (bytes > 0 && is_temporary(descriptor))
		learn_magic(descriptor);
	fd_emit(descriptor, &head, bytes < 0 ? 0 : (uint64_t)bytes);
}

/* Hold the file open: another process may unlink it before we can read its header. */
void trace_stream_closing(struct descriptor *descriptor)
{
	char path[FD_NAME_BYTES];
	struct stat status;
	bool open = sys_fstat(descriptor->fd, &status) == 0;

	descriptor->unlinked = !open || status.st_nlink == 0;
	/* an import of 2.7 makes it by open() and fdopen(), and asks for no status */
	if (open && !descriptor->identified)
		trace_written_looked_at(descriptor, &status);
	fd_name(path, descriptor->fd);
	descriptor->reader = sys_openat(AT_FDCWD, path, O_RDONLY | O_NONBLOCK, 0);
	if (descriptor->reader < 0) /* there is no /proc */
		descriptor->reader = sys_openat(AT_FDCWD, descriptor->path,
						O_RDONLY | O_NONBLOCK, 0);
}

/*
 * 2.7 writes through stdio, whose writes we do not see.  It writes the header's mtime
 * last (write_compiled_module in Python/import.c; Lib/py_compile.py writes the magic
 * last), so the header tells whether the file is complete.
 */
void trace_stream_closed(const struct descriptor *descriptor, uint64_t begin_ns,
			 int error)
{
	struct record head;
	uint8_t header[8] = {0};
	struct stat status;
	int fd = descriptor->reader;
	bool same = fd >= 0 && sys_fstat(fd, &status) == 0 &&
		    sys_is_file(&status, descriptor->device, descriptor->inode);

	if (same)
		sys_pread(fd, header, sizeof(header), 0);
	if (fd >= 0)
		sys_close(fd);
	if (!same)
		return;
	head = timed(RECORD_write, begin_ns,
		     descriptor->error ? descriptor->error : error);
	whole_note(descriptor->device, descriptor->inode, head.error);
	/* Debian's py_compile writes a temporary through stdio, and renames it then */
	if (!head.error && !descriptor->unlinked && header[2] == '\r' &&
	    pyc_header_word(header + 4) && !is_temporary(descriptor))
		head.flags = RECORD_COMPLETE;
	fd_emit(descriptor, &head, (uint64_t)status.st_size);
}
