/*
 * Reads one recording as include/recording.h specifies it: record after record, in
 * constant memory, whatever the bytes are.  Owns the file descriptor and the buffer.
 * Used by recordings.c, stats.c and cmd_events.c; one reader belongs to one thread.
 */
#ifndef PYCSHIM_READER_H
#define PYCSHIM_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attributes.h"
#include "reader_record.h"
#include "recording.h"

struct reader {
	const char *path; /* not owned; for messages, and to open it again */
	int fd;		  /* -1: closed, or memory */
	bool follow;	  /* an incomplete tail is waited for, not given up */
	bool found;	  /* nobody named it: it must be this user's or root's */
	bool regular;	  /* a file that can grow and shrink, no pipe */
	bool ended;	  /* nothing more will come: a short record is damage */
	bool is_refused;  /* it does not begin as the library wants a recording to */
	int error;	  /* errno of a read that failed; 0 */

	unsigned char *buffer;
	size_t begin, end, capacity; /* of what was read and not yet returned */
	uint64_t offset;	     /* of buffer[begin] in the recording */
	uint64_t total_bytes;	     /* of the recording when it was opened; 0: unknown */
	struct record first;	     /* as the recording begins: no other begins so */
	size_t first_bytes;	     /* of it that were read */

	uint64_t records;	/* valid ones, returned or of a type not known */
	uint64_t damaged_bytes; /* skipped */
	uint64_t checked_bytes; /* of what then was no record, several times maybe */
	unsigned other_version; /* that was found where a record was expected; 0 */

	union { /* a record that does not lie at a multiple of 8 is returned from here */
		struct record record;
		unsigned char bytes[RECORD_SIZE_MAX];
	} aligned;
};

/*
 * Open `path` ("-": standard input).  Returns 0 or -errno; ENOTSUP: a device, a socket, or
 * a FIFO, which might wait for ever.
 */
int reader_open(struct reader *reader, const char *path) MUST_CHECK NONNULL;

/* The same of one of the default places: DIRECTORY/recording; EPERM: it is not trusted. */
int reader_open_found(struct reader *reader, const char *path) MUST_CHECK NONNULL;

/* Read from a copy of [data, data + bytes): for tests and fuzzing. */
void reader_open_memory(struct reader *reader, const void *data, size_t bytes)
	NONNULL_ARGS(1);

void reader_close(struct reader *reader) NONNULL;

/*
 * The next valid record, or NULL when there is none (now, if following).  It is valid
 * until the next call.  Its strings are NUL-terminated and its lengths are true.
 */
const struct record *reader_next(struct reader *reader) MUST_CHECK NONNULL;

/*
 * Following, after NULL: has the recording been emptied or replaced?  If so it is read
 * from its new beginning.  Returns whether it is worth calling reader_next() again.
 */
bool reader_refresh(struct reader *reader) MUST_CHECK NONNULL;

#endif
