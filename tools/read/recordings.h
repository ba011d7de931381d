/* SPDX-License-Identifier: MIT */
/*
 * The recordings that a command reads: finds them, reads them all, reports what cannot be
 * read and shows progress.  Used by the commands.
 */
#ifndef PYCSHIM_RECORDINGS_H
#define PYCSHIM_RECORDINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "attributes.h"
#include "common/options.h"
#include "read/reader.h"
#include "read/stats.h"

struct recordings_file;

struct recordings {
	char **paths;
	struct recordings_file *files; /* those opened so far */
	size_t count;
	bool found;    /* it is the default one: the user named none */
	size_t opened; /* how many could be read, at least in part */
	bool failed;   /* one was missing, unreadable or damaged */
};

/* Take the recordings that the user named, or the default one; warns if there is none. */
void recordings_find(struct recordings *recordings,
		     const struct options *options) NONNULL;

/*
 * Take the recordings that a word names: a file, all recordings in a directory, or several
 * of these with commas between them.  Warns if there are none.
 */
void recordings_find_set(struct recordings *recordings, const char *word) NONNULL;
void recordings_free(struct recordings *recordings) NONNULL;

/*
 * Open the recording at `index`.  Returns false, after a warning, if that fails, and
 * without one if the same file was opened before.
 */
bool recordings_open(struct recordings *recordings, size_t index,
		     struct reader *reader) MUST_CHECK NONNULL;

/* Close it after its last record, and warn about damage or an empty recording. */
void recordings_close(struct recordings *recordings, struct reader *reader) NONNULL;

/* Feed all records of all recordings to `stats`, and finish it. */
void recordings_read(struct recordings *recordings, struct stats *stats) NONNULL;

/* The command's exit status: 1 if a recording failed, else 0. */
int recordings_status(const struct recordings *recordings) MUST_CHECK NONNULL;

#endif
