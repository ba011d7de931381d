/*
 * What happened again and again, told once: the loads of one module by many processes.
 * Used by story_text.c.  Pure but for memory.
 */
#ifndef PYCSHIM_STORY_FOLD_H
#define PYCSHIM_STORY_FOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attributes.h"
#include "story.h"

/* A look-up and all that followed it on its thread, up to the next look-up. */
struct story_episode {
	uint64_t likeness;  /* equal of episodes that are told in the same words */
	size_t first, last; /* the indexes of its events */
	uint64_t last_ns;
	int64_t compile_ns; /* that count */
	bool is_hit;	    /* and nothing else, which is told in another way */
};

struct story_fold {
	size_t *episode_of; /* each event's */
	struct story_episode *episode;
	size_t count;
};

/* Of a story that is in order: see story_sort(). */
struct story_fold story_fold_begin(const struct story *story) MUST_CHECK NONNULL;
void story_fold_end(struct story_fold *fold) NONNULL;

/* Is this episode told by the one before it? */
bool story_fold_is_repeated(const struct story_fold *fold,
			    size_t episode) MUST_CHECK NONNULL;

#endif
