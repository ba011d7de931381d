/*
 * One line on a terminal's standard error while a read takes longer than a second.
 * Used by recordings.c.
 */
#ifndef PYCSHIM_PROGRESS_H
#define PYCSHIM_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "attributes.h"

#define PROGRESS_BYTES ((uint64_t)4 << 20) /* report no more often than this */

struct progress {
	uint64_t total_bytes; /* 0: unknown */
	uint64_t next_ns;     /* when to print */
	bool terminal, printed;
};

void progress_begin(struct progress *progress, uint64_t total_bytes) NONNULL;
void progress_update(struct progress *progress, uint64_t bytes) NONNULL;

/* Wipe the line. */
void progress_end(struct progress *progress) NONNULL;

#endif
