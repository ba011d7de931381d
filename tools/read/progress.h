/* SPDX-License-Identifier: MIT */
/*
 * Shows the progress of long work, in one line on a terminal's standard error, if it takes
 * longer than a second.  Used by recordings.c, image.c and image_measure.c.
 */
#ifndef PYCSHIM_PROGRESS_H
#define PYCSHIM_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "attributes.h"

#define PROGRESS_BYTES ((uint64_t)4 << 20) /* call progress_update() this often */

struct progress {
	const char *doing;	/* "reading the recording" */
	const char *unit;	/* of what is counted: "files"; NULL: bytes */
	uint64_t total;		/* 0: unknown */
	uint64_t next_ns;	/* when to print next */
	bool terminal, printed; /* printed: a line is on the terminal */
};

/* `unit` may be NULL: bytes. */
void progress_begin(struct progress *progress, const char *doing, const char *unit,
		    uint64_t total) NONNULL_ARGS(1, 2);

/* So much has been done so far. */
void progress_update(struct progress *progress, uint64_t done) NONNULL;

/* Erase the line. */
void progress_end(struct progress *progress) NONNULL;

#endif
