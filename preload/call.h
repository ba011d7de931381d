/*
 * One watched call on its way: what a wrapper hands over before the real call, and what
 * comes back after it.  The wrappers (hooks.c) have no logic; it is all behind here.
 */
#ifndef PYCSHIM_CALL_H
#define PYCSHIM_CALL_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "attributes.h"
#include "pyc_path.h"
#include "recording.h"

enum call_operation {
	CALL_open,
	CALL_fopen,
	CALL_opendir,
	CALL_stat,
	CALL_lstat,
	CALL_mkdir,
	CALL_rmdir,
	CALL_unlink,
	CALL_rename,
	CALL_OPERATIONS
};

struct call {
	enum call_operation operation;
	int error; /* refuse the call with this errno; 0: do it */
	enum pyc_class class;
	uint64_t key;
	intptr_t detail;    /* the row's */
	int host_error;	    /* errno as the host had it */
	uint64_t begin_ns;  /* since the epoch */
	size_t path_length; /* of the absolute path */
	union {
		struct record record;
		struct record_lookup lookup;
		struct record_event event;
		struct record_compile compile;
		char bytes[sizeof(struct record_lookup) + PATH_MAX + 8];
	} record __attribute__((aligned(8))); /* with the absolute path where it belongs */
};

/* A rename has two paths. */
struct call_pair {
	struct call from, to;
};

/*
 * Begin a call on `path`.  False: it does not concern us, make the real call and return.
 * True: unless `error` is set make the real call, then call_end().
 */
bool call_begin(struct call *call, enum call_operation operation, int dirfd, const char *path,
		intptr_t detail) MUST_CHECK NONNULL_ARGS(1);

/*
 * End a call: `result` as the host will see it (a descriptor, 0, -1), or for a stream its
 * descriptor.  Leaves errno as the real call left it.
 */
void call_end(struct call *call, long result) NONNULL;
void call_end_stream(struct call *call, FILE *stream) NONNULL_ARGS(1);

bool call_begin_pair(struct call_pair *pair, int dirfd, const char *path, int to_dirfd,
		     const char *to) MUST_CHECK NONNULL_ARGS(1);
void call_end_pair(struct call_pair *pair, long result) NONNULL;

/* A call on a descriptor that we know something of. */
struct call_fd {
	int error;	   /* refuse the call with this errno; 0: do it */
	int host_error;
	uint64_t begin_ns;
	struct descriptor *descriptor; /* to be looked at in the end; NULL: done */
};

enum call_fd_operation {
	CALL_read,
	CALL_write,
	CALL_close,
	CALL_fstat,
	CALL_dup,
	CALL_dup_to,
	CALL_fdopen,
	CALL_fdopendir,
	CALL_fclose,
	CALL_fflush,
};

/*
 * Begin and end a call on a known descriptor, as above.  `detail` is the row's: bytes
 * wanted, the buffer of an fstat, the other descriptor of a dup2.
 */
bool call_begin_fd(struct call_fd *call, enum call_fd_operation operation, int fd)
	MUST_CHECK NONNULL;
void call_end_fd(struct call_fd *call, enum call_fd_operation operation, intptr_t detail,
		 long result) NONNULL;

/* Does one that we know lie between the two?  For what closes many at once. */
bool call_range_matters(unsigned first, unsigned last);

/* close_range() around our own descriptors.  0, or -1 with errno. */
int call_close_range(unsigned first, unsigned last, int flags);

#endif
