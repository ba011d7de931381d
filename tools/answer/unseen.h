/* SPDX-License-Identifier: MIT */
/*
 * Why a module that was perhaps loaded is not in the recording: no pyc was looked for.
 * Used by cmd_why.c.  Pure, except that it allocates.
 */
#ifndef PYCSHIM_UNSEEN_H
#define PYCSHIM_UNSEEN_H

#include <stdint.h>

#include "answer/query.h"
#include "attributes.h"
#include "read/stats_event.h"

struct unseen {
	const struct query *query;
	uint64_t reads; /* how often a source that the query means was only read */
	char *source;	/* the last of these; NULL: none */
};

/* Call this for each event: it keeps sources that were read without a look-up. */
void unseen_observe(struct unseen *unseen, const struct stats_event *event) NONNULL;
void unseen_free(struct unseen *unseen) NONNULL;

/* What is known about it, or what it may be: sentences, which the caller frees. */
char *unseen_text(const struct unseen *unseen) MUST_CHECK NONNULL;

#endif
