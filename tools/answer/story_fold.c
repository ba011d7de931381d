/* SPDX-License-Identifier: MIT */
/*
 * See story_fold.h.
 */
#include "answer/story_fold.h"

#include <stdlib.h>
#include <string.h>

#include "common/keyed_hash.h"
#include "common/util.h"

/* A hash of all that the words about an event depend on, except for figures. */
static uint64_t likeness(uint64_t before, const struct story_event *event)
{
	bool stale = event->result == STORY_STALE;
	uint64_t words[] = {
		before,
		event->type | (uint64_t)event->result << 8 |
			(uint64_t)event->reason << 16 | (uint64_t)event->action << 24 |
			(uint64_t)event->error << 32 | (uint64_t)event->late_error << 48,
		(uint64_t)event->counted | (uint64_t)event->complete << 1 |
			(uint64_t)event->temporary << 2 | (uint64_t)event->exact << 3 |
			(uint64_t)event->source_seen << 4 |
			(uint64_t)event->damaged << 5 | (uint64_t)event->ended << 6 |
			(uint64_t)event->by_name << 7 | (uint64_t)event->reused << 8 |
			(uint64_t)event->waited << 9,
		(uint64_t)event->process->uid << 8 | event->process->mode,
		stale ? (uint64_t)event->pyc_mtime << 32 | event->source_mtime : 0,
		stale ? (uint64_t)event->pyc_source_bytes << 32 | event->source_bytes : 0,
		stale ? event->magic : 0,
		event->stored_from
			? keyed_hash(event->stored_from, strlen(event->stored_from))
			: 0,
	};

	return keyed_hash(words, sizeof(words));
}

static void add_event(struct story_fold *fold, const struct story *story, size_t index,
		      bool begins)
{
	const struct story_event *event = &story->event[index];
	struct story_episode *episode;

	if (begins) {
		fold->episode_of[index] = fold->count;
		fold->episode[fold->count++] = (struct story_episode){
			.first = index,
			.is_hit = event->result == STORY_HIT,
		};
	}
	episode = &fold->episode[fold->episode_of[index]];
	episode->likeness = likeness(episode->likeness, event);
	episode->last = index;
	episode->last_ns = event->time_ns;
	episode->is_hit &= begins;
	if (event->type == RECORD_compile && event->counted)
		episode->compile_ns = amount_add(episode->compile_ns,
						 (int64_t)amount_of(event->amount));
}

struct story_fold story_fold_begin(const struct story *story)
{
	struct story_fold fold = {
		.episode_of = xcalloc(story->count, sizeof(*fold.episode_of)),
		.episode = xcalloc(story->count, sizeof(*fold.episode)),
	};
	bool *follows = xcalloc(story->count, sizeof(*follows));
	size_t i, next;

	for (i = 0; i < story->count; i++) {
		add_event(&fold, story, i,
			  !follows[i] || story->event[i].type == RECORD_lookup);
		next = story->event[i].next;
		if (!next)
			continue;
		follows[next] = true;
		fold.episode_of[next] = fold.episode_of[i];
	}
	free(follows);
	return fold;
}

void story_fold_end(struct story_fold *fold)
{
	free(fold->episode_of);
	free(fold->episode);
}

bool story_fold_is_repeated(const struct story_fold *fold, size_t episode)
{
	return episode && !fold->episode[episode].is_hit &&
	       fold->episode[episode].likeness == fold->episode[episode - 1].likeness;
}
