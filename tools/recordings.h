/*
 * Which recordings a command is about, and reading them all: messages for what cannot be
 * read, progress for what takes long.  Used by the commands; runs in pycstat.
 */
#ifndef PYCSHIM_RECORDINGS_H
#define PYCSHIM_RECORDINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "attributes.h"
#include "options.h"
#include "reader.h"
#include "stats.h"

struct recordings_file;

struct recordings {
	char **paths;
	struct recordings_file *files; /* that were opened */
	size_t count;
	bool found;    /* it is the default one, which nobody named */
	size_t opened; /* that could be read, if only in part */
	bool failed;   /* one was missing, unreadable or damaged */
};

/* The ones named, or the default one.  Says so if there is none. */
void recordings_find(struct recordings *recordings,
		     const struct options *options) NONNULL;
void recordings_free(struct recordings *recordings) NONNULL;

/*
 * Open the one at `index`, or say why not.  Returns whether it is open: not where it is
 * one that was opened before, by another name maybe.
 */
bool recordings_open(struct recordings *recordings, size_t index,
		     struct reader *reader) MUST_CHECK NONNULL;

/* After the last record: say what was wrong with it, and close it. */
void recordings_close(struct recordings *recordings, struct reader *reader) NONNULL;

/* Feed every record of every recording to `stats`, and finish it. */
void recordings_read(struct recordings *recordings, struct stats *stats) NONNULL;

/* The exit status of a command that has printed what could be read. */
int recordings_status(const struct recordings *recordings) MUST_CHECK NONNULL;

#endif
