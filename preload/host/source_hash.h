/* SPDX-License-Identifier: MIT */
/*
 * The content hashes of the sources that a thread has read to their end.  A source is hashed
 * while the interpreter reads it, so the hash is of the very bytes that are compiled.  What it
 * reads once more, before the compile has ended, does not count.
 *
 * Called by call/, where redirect or a store needs it, and read by view/ and store/.  On our
 * own stack; any thread, also in a signal handler, but no vfork child.
 */
#ifndef PYCSHIM_SOURCE_HASH_H
#define PYCSHIM_SOURCE_HASH_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "attributes.h"
#include "content.h"
#include "host/config.h"
#include "host/descriptor.h"

struct source_hash {
	uint64_t path_hash; /* content_check() of the path; 0: none */
	struct content content;
	struct pyc_source seen; /* its time and size when it was read */
	char path[PATH_MAX];	/* absolute */
};

/* Does anybody need the hashes? */
static inline bool source_hash_is_wanted(void)
{
	return config.mode == MODE_redirect || config.store[0];
}

/* The thread has read so many bytes of a source where its last read ended; 0: its end. */
void source_hash_read(const struct descriptor *source, const void *bytes, long count)
	NONNULL_ARGS(1);

/* The thread is about to close the source. */
void source_hash_closing(const struct descriptor *source) NONNULL;

/*
 * The thread looks for the pyc of the source at this path, or has written it.  What it reads of
 * that source next is what it compiles.
 */
void source_hash_compiles_anew(const char *path) NONNULL;

/*
 * The hash of the source whose path has this content_check(), or at this path, if this thread
 * has read it lately; or NULL.
 */
struct source_hash *source_hash_find(uint64_t path_hash) MUST_CHECK;
const struct source_hash *source_hash_find_path(const char *path) MUST_CHECK NONNULL;

/* Hashes the file at a path.  False if it cannot be read, or changes meanwhile. */
bool source_hash_of_file(const char *path, struct content *content) MUST_CHECK NONNULL;

/* The same for a regular file that was just opened, and had this status then. */
bool source_hash_of_open(int fd, const struct stat *status,
			 struct content *content) MUST_CHECK NONNULL;

#endif
