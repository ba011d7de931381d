/* SPDX-License-Identifier: MIT */
/*
 * See descriptor.h.
 */
#include "host/descriptor.h"

#include <limits.h>
#include <stddef.h>

#include "host/scratch.h"
#include "host/sys.h"
#include "pyc_path.h"

static int relative_names;

void descriptor_count_relative(int change)
{
	if (change)
		__atomic_add_fetch(&relative_names, change, __ATOMIC_RELAXED);
}

void descriptor_count_current(void)
{
	static int inside; /* 1: the current directory is counted */
	SCRATCH(char, path, PATH_MAX);
	long length = sys_getcwd(path, PATH_MAX);
	int now = length > 1 && (pyc_path_is_cache(path, (size_t)length - 1) ||
				 pyc_path_below_cache(path, (size_t)length - 1));

	now -= __atomic_exchange_n(&inside, now, __ATOMIC_RELAXED);
	descriptor_count_relative(now);
}

bool descriptor_relative_names_matter(void)
{
	return __atomic_load_n(&relative_names, __ATOMIC_RELAXED) != 0;
}

unsigned char descriptor_filter[DESCRIPTOR_FILTER];

/*
 * Mapped when the first slot is needed.  Most processes need none, and static variables
 * of this size would count against RLIMIT_DATA.
 */
static struct descriptor *all_slots;

/* The slots, DESCRIPTOR_SLOTS of them; NULL before the first is needed. */
static struct descriptor *slots(void)
{
	return __atomic_load_n(&all_slots, __ATOMIC_ACQUIRE);
}

/* How many slots have ever been used.  They are at the front; a search ends there. */
static unsigned used;

static void filter_count(int fd, int change)
{
	__atomic_add_fetch(descriptor_filter_of(fd), change, __ATOMIC_RELAXED);
}

/*
 * Claim a slot and remove its descriptor.  Two threads may close one descriptor at the
 * same time: only the first of them gets true, and lowers the counts.
 */
static bool descriptor_remove(struct descriptor *descriptor)
{
	int kind = descriptor_kind(descriptor), fd;

	if (kind <= DESCRIPTOR_CLAIMED ||
	    !__atomic_compare_exchange_n(&descriptor->kind, &kind, DESCRIPTOR_CLAIMED,
					 false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
		return false;
	fd = __atomic_exchange_n(&descriptor->fd, -1, __ATOMIC_RELAXED);
	if (fd >= 0)
		filter_count(fd, -1);
	if (kind == DESCRIPTOR_DIRECTORY)
		descriptor_count_relative(-1);
	return true;
}

struct descriptor *descriptor_find(int fd)
{
	unsigned count = __atomic_load_n(&used, __ATOMIC_ACQUIRE), i;
	struct descriptor *slot = slots();

	for (i = 0; fd >= 0 && i < count; i++, slot++)
		if (descriptor_fd(slot) == fd &&
		    descriptor_kind(slot) > DESCRIPTOR_CLAIMED)
			return slot;
	return NULL;
}

struct descriptor *descriptor_find_source(uint64_t key)
{
	unsigned count = __atomic_load_n(&used, __ATOMIC_ACQUIRE), i;
	struct descriptor *slot = slots();

	for (i = 0; i < count; i++, slot++)
		if (descriptor_kind(slot) == DESCRIPTOR_SOURCE && slot->key == key)
			return slot;
	return NULL;
}

/* Map the slots, if they are not mapped yet.  False if there is no memory. */
static bool map_slots(void)
{
	const size_t bytes = DESCRIPTOR_SLOTS * sizeof(*all_slots);
	struct descriptor *mapped, *none = NULL;

	if (slots())
		return true;
	mapped = sys_map(bytes, MAP_PRIVATE);
	if (mapped && !__atomic_compare_exchange_n(&all_slots, &none, mapped, false,
						   __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		sys_unmap(mapped, bytes); /* another thread was first */
	return mapped != NULL;
}

/* Claim a slot of this kind, or NULL. */
static struct descriptor *slot_claim(enum descriptor_kind from)
{
	struct descriptor *slot = slots();
	unsigned i, count;
	int expected;

	for (i = 0; i < DESCRIPTOR_SLOTS; i++, slot++) {
		expected = (int)from;
		if (descriptor_kind(slot) != expected ||
		    !__atomic_compare_exchange_n(&slot->kind, &expected,
						 DESCRIPTOR_CLAIMED, false,
						 __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
			continue;
		count = __atomic_load_n(&used, __ATOMIC_RELAXED);
		while (count <= i &&
		       !__atomic_compare_exchange_n(&used, &count, i + 1, false,
						    __ATOMIC_RELEASE, __ATOMIC_RELAXED))
			;
		return slot;
	}
	return NULL;
}

/*
 * No slot is left.  A directory without a slot must not be missed: from now on, every
 * relative name may concern us.  Returns NULL.
 */
static struct descriptor *give_up_slot(enum descriptor_kind kind)
{
	static int counted;

	if (kind == DESCRIPTOR_DIRECTORY &&
	    !__atomic_exchange_n(&counted, 1, __ATOMIC_RELAXED))
		descriptor_count_relative(1);
	return NULL;
}

struct descriptor *descriptor_add(int fd, enum descriptor_kind kind)
{
	struct descriptor *slot = descriptor_is_known(fd) ? descriptor_find(fd) : NULL;

	if (slot) /* it was closed where we do not see it */
		descriptor_drop(slot);
	if (!map_slots())
		return give_up_slot(kind);
	slot = slot_claim(DESCRIPTOR_FREE);
	if (!slot) /* maybe of a thread that ended in the middle of a compile */
		slot = slot_claim(DESCRIPTOR_BRACKET);
	if (!slot)
		return give_up_slot(kind);
	slot->key = 0;
	slot->read_some = slot->read_all = slot->stream = false;
	slot->pending = PENDING_NOTHING;
	slot->cautious = false;
	slot->error = 0;
	slot->path[0] = '\0';
	__atomic_store_n(&slot->fd, fd, __ATOMIC_RELAXED);
	/* count before publishing the kind: whoever finds the slot may drop it at once */
	filter_count(fd, 1);
	if (kind == DESCRIPTOR_DIRECTORY)
		descriptor_count_relative(1);
	__atomic_store_n(&slot->kind, (int)kind, __ATOMIC_RELEASE);
	return slot;
}

void descriptor_keep_path(struct descriptor *descriptor)
{
	if (descriptor_remove(descriptor))
		__atomic_store_n(&descriptor->kind, DESCRIPTOR_BRACKET, __ATOMIC_RELEASE);
}

void descriptor_drop(struct descriptor *descriptor)
{
	if (descriptor_remove(descriptor))
		__atomic_store_n(&descriptor->kind, DESCRIPTOR_FREE, __ATOMIC_RELEASE);
}

int descriptor_index(const struct descriptor *descriptor)
{
	return descriptor ? (int)(descriptor - slots()) : -1;
}

struct descriptor *descriptor_at(int index)
{
	struct descriptor *first = slots();

	return !first || index < 0 || index >= DESCRIPTOR_SLOTS ? NULL : &first[index];
}
