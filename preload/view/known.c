/* SPDX-License-Identifier: MIT */
/*
 * See known.h.
 */
#include "view/known.h"

#include "host/secret_hash.h"

/* 0 is an empty place.  A set is one cache line. */
static uint64_t table[KNOWN_SETS][KNOWN_WAYS] __attribute__((aligned(64)));

/* In a full set, the place that is overwritten next. */
static unsigned next_way;

static unsigned generation_now = 1;

unsigned known_generation(void)
{
	return __atomic_load_n(&generation_now, __ATOMIC_SEQ_CST);
}

void known_new_generation(void)
{
	if (__atomic_add_fetch(&generation_now, 1, __ATOMIC_SEQ_CST) == 0)
		__atomic_add_fetch(&generation_now, 1, __ATOMIC_SEQ_CST);
}

uint64_t known_hash(const char *path, size_t length)
{
	return secret_hash(path, length) | 1;
}

/*
 * Returns the table's entry for a fact.  The multiplier is even, so that the lowest bit of
 * the hash stays set and the entry is never 0.
 */
static uint64_t known_key(uint64_t hash, enum known_fact fact, unsigned generation)
{
	uint64_t salt = (uint64_t)generation << 32 | (uint64_t)fact << 1;

	return hash ^ salt * (2 * (uint64_t)KNOWN_SETS) * 0x9e3779b97f4a7c15u;
}

static uint64_t *known_set(uint64_t hash)
{
	return table[hash / 2 % KNOWN_SETS];
}

bool known_has(uint64_t hash, enum known_fact fact, unsigned generation)
{
	const uint64_t *set = known_set(hash);
	uint64_t key = known_key(hash, fact, generation);
	unsigned way;

	for (way = 0; way < KNOWN_WAYS; way++)
		if (__atomic_load_n(&set[way], __ATOMIC_RELAXED) == key)
			return true;
	return false;
}

void known_add(uint64_t hash, enum known_fact fact, unsigned generation)
{
	uint64_t *set = known_set(hash), key = known_key(hash, fact, generation), found;
	unsigned way;

	for (way = 0; way < KNOWN_WAYS; way++) {
		found = 0;
		if (__atomic_compare_exchange_n(&set[way], &found, key, false,
						__ATOMIC_RELAXED, __ATOMIC_RELAXED) ||
		    found == key)
			return;
	}
	way = __atomic_fetch_add(&next_way, 1, __ATOMIC_RELAXED) % KNOWN_WAYS;
	__atomic_store_n(&set[way], key, __ATOMIC_RELAXED);
}
