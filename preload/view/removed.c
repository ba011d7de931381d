/* SPDX-License-Identifier: MIT */
/*
 * See removed.h.  Open hash tables without locks, each twice as large as the one before;
 * none is filled to more than three quarters, so that a search ends soon.
 */
#include "view/removed.h"

#include <stddef.h>
#include <sys/mman.h>

#include "host/sys.h"

#define EMPTY 0u
#define DROPPED 2u /* no hash, as these are odd; searches go on behind it */

struct table {
	struct table *next;
	unsigned places; /* a power of two */
	unsigned taken;	 /* dropped ones, too */
	uint64_t place[];
};

/* Two pages, less the header, hold the sources of most programs. */
#define FIRST_PLACES 512u

static struct table *first;

static size_t table_bytes(unsigned places)
{
	return sizeof(struct table) + places * sizeof(uint64_t);
}

/* The table that `link` leads to, which is made if there is none; NULL without memory. */
static struct table *table_at(struct table **link, unsigned places)
{
	struct table *table = __atomic_load_n(link, __ATOMIC_ACQUIRE), *made;

	if (table)
		return table;
	made = sys_map(table_bytes(places), MAP_PRIVATE);
	if (!made)
		return NULL;
	made->places = places;
	if (__atomic_compare_exchange_n(link, &table, made, false, __ATOMIC_ACQ_REL,
					__ATOMIC_ACQUIRE))
		return made;
	sys_unmap(made, table_bytes(places));
	return table;
}

/* Finds the hash; NULL if it is not in the table. */
static uint64_t *find_in(struct table *table, uint64_t hash)
{
	uint64_t place = hash / 2, found;
	unsigned tried;

	for (tried = 0; tried < table->places; tried++, place++) {
		found = __atomic_load_n(&table->place[place % table->places],
					__ATOMIC_RELAXED);
		if (found == hash)
			return &table->place[place % table->places];
		if (found == EMPTY)
			break;
	}
	return NULL;
}

static uint64_t *find(uint64_t hash)
{
	struct table *table = __atomic_load_n(&first, __ATOMIC_ACQUIRE);
	uint64_t *found = NULL;

	for (; table && !found; table = __atomic_load_n(&table->next, __ATOMIC_ACQUIRE))
		found = find_in(table, hash);
	return found;
}

/* Puts the hash into a free place.  False: the table is full. */
static bool put_in(struct table *table, uint64_t hash)
{
	uint64_t place = hash / 2, found, *at;
	unsigned tried;

	for (tried = 0; tried < table->places; tried++, place++) {
		at = &table->place[place % table->places];
		found = __atomic_load_n(at, __ATOMIC_RELAXED);
		if (found == EMPTY && __atomic_load_n(&table->taken, __ATOMIC_RELAXED) >=
					      table->places / 4 * 3)
			return false;
		if ((found != EMPTY && found != DROPPED) ||
		    !__atomic_compare_exchange_n(at, &found, hash, false,
						 __ATOMIC_RELAXED, __ATOMIC_RELAXED))
			continue;
		if (found == EMPTY)
			__atomic_add_fetch(&table->taken, 1, __ATOMIC_RELAXED);
		return true;
	}
	return false;
}

bool removed_has(uint64_t hash)
{
	return find(hash) != NULL;
}

void removed_add(uint64_t hash)
{
	unsigned places = FIRST_PLACES;
	struct table **link = &first, *table;

	if (find(hash))
		return;
	while ((table = table_at(link, places)) && !put_in(table, hash)) {
		link = &table->next;
		places = table->places * 2;
	}
}

void removed_drop(uint64_t hash)
{
	uint64_t *found;

	while ((found = find(hash))) /* two threads may have added it at once */
		__atomic_store_n(found, DROPPED, __ATOMIC_RELAXED);
}
