/* SPDX-License-Identifier: MIT */
/*
 * Finds repetitions in a story, such as the same load by many processes, which are printed
 * once.  Used by story_text.c.  Pure, except that it allocates.
 */
#ifndef PYCSHIM_STORY_FOLD_H
#define PYCSHIM_STORY_FOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "answer/story.h"
#include "attributes.h"

/* A look-up and the events after it on the same thread, up to the next look-up. */
struct story_episode {
	uint64_t likeness;  /* equal for episodes that are told in the same words */
	size_t first, last; /* indexes of its first and last event */
	uint64_t last_ns;   /* the time of its last event */
	int64_t compile_ns; /* the cost of its counted compiles */
	bool is_hit;	    /* it is a single hit, which is printed differently */
};

struct story_fold {
	size_t *episode_of; /* for each event, its episode */
	struct story_episode *episode;
	size_t count;
};

/* Find the episodes of a story after story_sort(). */
struct story_fold story_fold_begin(const struct story *story) MUST_CHECK NONNULL;
void story_fold_end(struct story_fold *fold) NONNULL;

/* Is this episode told in the same words as the one before it? */
bool story_fold_is_repeated(const struct story_fold *fold,
			    size_t episode) MUST_CHECK NONNULL;

#endif
