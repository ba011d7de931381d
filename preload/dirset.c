/*
 * See dirset.h.
 *
 * A hash stays in its place until it is given up: one that is moved could outlive
 * dirset_clear().
 */
#include "dirset.h"

#include "recording.h"

/* Which of the sets; the lowest bit is the same in all hashes. */
static unsigned index_of(uint64_t hash)
{
	return hash / 2 % DIRSET_SETS;
}

uint64_t dirset_hash(const char *path, size_t length)
{
	return record_hash(path, length) | 1;
}

bool dirset_has(const struct dirset *set, uint64_t hash)
{
	const uint64_t *ways = set->hash[index_of(hash)];
	unsigned way;

	for (way = 0; way < DIRSET_WAYS; way++)
		if (__atomic_load_n(&ways[way], __ATOMIC_RELAXED) == hash)
			return true;
	return false;
}

/* The place of a hash that was put into its set. */
static uint64_t *put(struct dirset *set, uint64_t hash)
{
	uint64_t *ways = set->hash[index_of(hash)], found;
	unsigned way;

	for (way = 0; way < DIRSET_WAYS; way++) {
		found = 0;
		if (__atomic_compare_exchange_n(&ways[way], &found, hash, false,
						__ATOMIC_SEQ_CST, __ATOMIC_RELAXED) ||
		    found == hash)
			return &ways[way];
	}
	way = __atomic_fetch_add(&set->next, 1, __ATOMIC_RELAXED) % DIRSET_WAYS;
	__atomic_store_n(&ways[way], hash, __ATOMIC_SEQ_CST);
	return &ways[way];
}

void dirset_add(struct dirset *set, uint64_t hash, unsigned now)
{
	uint64_t *place = put(set, hash);

	/* looked at last: who clears counts first, and then empties this place or is seen */
	if (unlikely(dirset_now(set) != now))
		__atomic_compare_exchange_n(place, &hash, 0, false, __ATOMIC_RELAXED,
					    __ATOMIC_RELAXED);
}

void dirset_clear(struct dirset *set)
{
	unsigned i, way;

	__atomic_add_fetch(&set->clears, 1, __ATOMIC_SEQ_CST);
	for (i = 0; i < DIRSET_SETS; i++)
		for (way = 0; way < DIRSET_WAYS; way++)
			__atomic_store_n(&set->hash[i][way], 0, __ATOMIC_SEQ_CST);
}
