/*
 * See descriptor.h.
 */
#include "descriptor.h"

#include <stddef.h>

#include "scan.h"
#include "sys.h"

struct descriptor_filter descriptor_filter[DESCRIPTOR_FILTER];

/*
 * Mapped when the first is needed: most processes need none, and static variables of this
 * size would count against their RLIMIT_DATA.
 */
struct descriptor *descriptor_slots;

/* How many slots from the front were ever used: few, and a search ends there. */
static unsigned used;

#define COUNT(fd, member, change)                                                        \
	__atomic_add_fetch(&descriptor_filter_of(fd)->member, change, __ATOMIC_RELAXED)

static void count_watched(int fd, int watched, int change)
{
	if (watched & WATCH_READS)
		COUNT(fd, reads, change);
	if (watched & WATCH_LOOKS)
		COUNT(fd, looks, change);
}

/*
 * Take a slot that has a descriptor away from it.  Two threads may close one descriptor at
 * the same time: only the first of them gets true, and lowers the counts.
 */
static bool let_go(struct descriptor *descriptor)
{
	int kind = descriptor_kind(descriptor), fd;

	if (kind <= DESCRIPTOR_CLAIMED ||
	    !__atomic_compare_exchange_n(&descriptor->kind, &kind, DESCRIPTOR_CLAIMED,
					 false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
		return false;
	descriptor_unwatch(descriptor, WATCH_READS | WATCH_LOOKS);
	fd = __atomic_exchange_n(&descriptor->fd, -1, __ATOMIC_RELAXED);
	if (fd >= 0)
		COUNT(fd, known, -1);
	if (kind == DESCRIPTOR_DIRECTORY)
		scan_count_relative(-1);
	return true;
}

struct descriptor *descriptor_find(int fd)
{
	unsigned count = __atomic_load_n(&used, __ATOMIC_ACQUIRE), i;

	for (i = 0; fd >= 0 && i < count; i++)
		if (__atomic_load_n(&descriptor_slots[i].fd, __ATOMIC_RELAXED) == fd &&
		    __atomic_load_n(&descriptor_slots[i].kind, __ATOMIC_ACQUIRE) >
			    DESCRIPTOR_CLAIMED)
			return &descriptor_slots[i];
	return NULL;
}

struct descriptor *descriptor_find_source(uint64_t key)
{
	unsigned count = __atomic_load_n(&used, __ATOMIC_ACQUIRE), i;

	for (i = 0; i < count; i++)
		if (__atomic_load_n(&descriptor_slots[i].kind, __ATOMIC_ACQUIRE) ==
			    DESCRIPTOR_SOURCE &&
		    descriptor_slots[i].key == key)
			return &descriptor_slots[i];
	return NULL;
}

/* False: there is no memory for them, and nothing is followed. */
static bool map_slots(void)
{
	const size_t bytes = DESCRIPTOR_SLOTS * sizeof(*descriptor_slots);
	struct descriptor *mapped, *none = NULL;

	if (__atomic_load_n(&descriptor_slots, __ATOMIC_ACQUIRE))
		return true;
	mapped = sys_map(bytes, MAP_PRIVATE);
	if (mapped &&
	    !__atomic_compare_exchange_n(&descriptor_slots, &none, mapped, false,
					 __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		sys_unmap(mapped, bytes); /* another thread was first */
	return mapped != NULL;
}

static struct descriptor *claim(enum descriptor_kind from)
{
	unsigned i, count;
	int expected;

	for (i = 0; i < DESCRIPTOR_SLOTS; i++) {
		expected = (int)from;
		if (descriptor_kind(&descriptor_slots[i]) != expected ||
		    !__atomic_compare_exchange_n(&descriptor_slots[i].kind, &expected,
						 DESCRIPTOR_CLAIMED, false,
						 __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
			continue;
		count = __atomic_load_n(&used, __ATOMIC_RELAXED);
		while (count <= i &&
		       !__atomic_compare_exchange_n(&used, &count, i + 1, false,
						    __ATOMIC_RELEASE, __ATOMIC_RELAXED))
			;
		return &descriptor_slots[i];
	}
	return NULL;
}

struct descriptor *descriptor_add(int fd, enum descriptor_kind kind, int watched)
{
	struct descriptor *slot = descriptor_is_known(fd) ? descriptor_find(fd) : NULL;

	if (slot)
		descriptor_drop(slot); /* it was closed where we do not see it */
	if (!map_slots())
		return NULL;
	slot = claim(DESCRIPTOR_FREE);
	if (!slot) /* a thread that ended in a compile has left its path */
		slot = claim(DESCRIPTOR_BRACKET);
	if (!slot)
		return NULL;
	slot->key = 0;
	slot->read_some = slot->read_all = slot->stream = false;
	slot->pending = PENDING_NOTHING;
	slot->cautious = false;
	slot->error = 0;
	slot->path[0] = '\0';
	__atomic_store_n(&slot->watched, watched, __ATOMIC_RELAXED);
	__atomic_store_n(&slot->fd, fd, __ATOMIC_RELAXED);
	/* Before others can find the slot, and drop it: no count may fall below zero. */
	COUNT(fd, known, 1);
	count_watched(fd, watched, 1);
	if (kind == DESCRIPTOR_DIRECTORY)
		scan_count_relative(1);
	__atomic_store_n(&slot->kind, (int)kind, __ATOMIC_RELEASE);
	return slot;
}

void descriptor_unwatch(struct descriptor *descriptor, int watched)
{
	int fd = __atomic_load_n(&descriptor->fd, __ATOMIC_RELAXED);
	int before = __atomic_fetch_and(&descriptor->watched, ~watched, __ATOMIC_RELAXED);

	if (fd >= 0)
		count_watched(fd, before & watched, -1);
}

void descriptor_keep_path(struct descriptor *descriptor)
{
	if (let_go(descriptor))
		__atomic_store_n(&descriptor->kind, DESCRIPTOR_BRACKET, __ATOMIC_RELEASE);
}

void descriptor_drop(struct descriptor *descriptor)
{
	if (let_go(descriptor))
		__atomic_store_n(&descriptor->kind, DESCRIPTOR_FREE, __ATOMIC_RELEASE);
}

int descriptor_index(const struct descriptor *descriptor)
{
	return descriptor ? (int)(descriptor - descriptor_slots) : -1;
}

struct descriptor *descriptor_at(int index)
{
	return index < 0 ? NULL : &descriptor_slots[index];
}
