/* SPDX-License-Identifier: MIT */
/*
 * Reads one recording as include/recording.h specifies it: record after record, in
 * constant memory, and safely whatever the bytes are.  Owns the file descriptor and the
 * buffer.  Used by recordings.c, merge.c and cmd_events.c; one reader belongs to one thread.
 */
#ifndef PYCSHIM_READER_H
#define PYCSHIM_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attributes.h"
#include "read/reader_record.h"
#include "recording.h"

struct reader {
	const char *path; /* not owned; for messages, and to open it again */
	int fd;		  /* -1: closed, or memory */
	bool follow;	  /* wait for the rest of an incomplete record at the end */
	bool found;	  /* the default recording: it must be this user's or root's */
	bool regular;	  /* a regular file, which can grow and shrink, and no pipe */
	bool ended;	  /* no more bytes will come: an incomplete record is damage */
	bool is_refused;  /* its beginning is damaged, so the library will not append */
	int error;	  /* errno of a read that failed; 0: none */

	unsigned char *buffer;
	size_t begin, end, capacity; /* what was read and not yet returned */
	uint64_t offset;	     /* of buffer[begin] in the recording */
	uint64_t total_bytes; /* size of the recording when it was opened; 0: unknown */
	struct record first;  /* its first record, which identifies the recording */
	size_t first_bytes;   /* how much of `first` was read */

	uint64_t records;	/* valid records, including those of unknown types */
	uint64_t damaged_bytes; /* bytes skipped as damage */
	uint64_t checked_bytes; /* bytes of failed checksums; a byte may count often */
	unsigned other_version; /* a version found instead of ours; 0: none */

	union { /* a copy of a record that is not aligned to 8 */
		struct record record;
		unsigned char bytes[RECORD_SIZE_MAX];
	} aligned;
};

/*
 * Open `path` ("-": standard input).  Returns 0 or -errno: -ENOTSUP for a device, a socket,
 * and a FIFO, whose reader might wait for ever.
 */
int reader_open(struct reader *reader, const char *path) MUST_CHECK NONNULL;

/* The same for a default recording, DIRECTORY/recording; -EPERM: it is not trusted. */
int reader_open_found(struct reader *reader, const char *path) MUST_CHECK NONNULL;

/* Read from a copy of `data`, for tests and fuzzing. */
void reader_open_memory(struct reader *reader, const void *data, size_t bytes)
	NONNULL_ARGS(1);

void reader_close(struct reader *reader) NONNULL;

/*
 * Return the next valid record; NULL: there is no more, or, with `follow`, not yet.  The
 * record stays valid until the next call.  Its lengths are right, and its strings end with
 * a NUL.
 */
const struct record *reader_next(struct reader *reader) MUST_CHECK NONNULL;

/*
 * With `follow`, after NULL: notice whether the recording was emptied or replaced, and then
 * begin again at its start.  Returns whether reader_next() may have a record now.
 */
bool reader_refresh(struct reader *reader) MUST_CHECK NONNULL;

#endif
