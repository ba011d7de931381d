/* SPDX-License-Identifier: MIT */
/*
 * See merge.h.  On the hot path of `pycstat events`.
 */
#include "read/merge.h"

#include <stdlib.h>

#include "common/util.h"

/* Records with equal times come in the order in which their recordings were named. */
static bool is_before(const struct merge_source *a, const struct merge_source *b)
{
	return a->next->time_ns != b->next->time_ns ? a->next->time_ns < b->next->time_ns
						    : a < b;
}

static void sift_down(struct merge *merge, size_t at)
{
	struct merge_source **heap = merge->heap, *moved;
	size_t least, child;

	for (;; at = least) {
		least = at;
		for (child = 2 * at + 1; child <= 2 * at + 2 && child < merge->count;
		     child++)
			if (is_before(heap[child], heap[least]))
				least = child;
		if (least == at)
			return;
		moved = heap[at];
		heap[at] = heap[least];
		heap[least] = moved;
	}
}

void merge_begin(struct merge *merge, struct merge_source *sources, size_t count)
{
	size_t i;

	merge->heap = xcalloc(count, sizeof(struct merge_source *));
	merge->count = 0;
	for (i = 0; i < count; i++) {
		if (sources[i].open && !sources[i].next)
			sources[i].next = reader_next(&sources[i].reader);
		if (sources[i].next)
			merge->heap[merge->count++] = &sources[i];
	}
	for (i = merge->count / 2; i-- > 0;)
		sift_down(merge, i);
}

void merge_end(struct merge *merge)
{
	free(merge->heap);
}

struct merge_source *merge_oldest(const struct merge *merge)
{
	return merge->count ? merge->heap[0] : NULL;
}

void merge_advance(struct merge *merge)
{
	struct merge_source *source = merge->heap[0];

	source->next = reader_next(&source->reader);
	if (!source->next)
		merge->heap[0] = merge->heap[--merge->count];
	if (merge->count)
		sift_down(merge, 0);
}
