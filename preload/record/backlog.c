/* SPDX-License-Identifier: MIT */
/*
 * See backlog.h.
 *
 * A record is published by storing its magic, which is stored last.  When all records
 * have been dropped, the memory is cleared and used again from its beginning.  Only the
 * thread that has the turn reads records or clears them; the others read two counters.
 *
 * A thread that has added a record reads the owner of the turn next, and an owner that
 * ends its turn reads the counters next (recorder_tend() in recorder.c).  These accesses
 * are sequentially consistent, so at least one of the two threads sees the other's store.
 */
#include "record/backlog.h"

#include <string.h>

#include "host/process.h"
#include "host/sys.h"

static struct backlog {
	uint64_t process; /* the number of the process that it belongs to */
	unsigned used;	  /* bytes, including those of records that were dropped */
	unsigned done;	  /* bytes of the records that were dropped; the turn's owner's */
	uint64_t added;	  /* records that were published, since the process began */
	uint64_t dropped; /* records that were dropped, since the process began */
	char bytes[BACKLOG_BYTES] __attribute__((aligned(8)));
} * the_backlog; /* NULL before the first use */

/* The backlog of this process, or NULL.  A fork child finds its parent's: not its own. */
static struct backlog *get_backlog(void)
{
	struct backlog *backlog = __atomic_load_n(&the_backlog, __ATOMIC_ACQUIRE);

	return backlog && backlog->process == process->number ? backlog : NULL;
}

static struct backlog *make_backlog(void)
{
	struct backlog *made = sys_map(sizeof(*made), MAP_PRIVATE);
	struct backlog *before = __atomic_load_n(&the_backlog, __ATOMIC_ACQUIRE);

	if (!made)
		return NULL;
	made->process = process->number;
	if (!get_backlog() &&
	    __atomic_compare_exchange_n(&the_backlog, &before, made, false,
					__ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		return made;
	sys_unmap(made, sizeof(*made));
	return get_backlog();
}

static struct record *record_at(struct backlog *backlog, unsigned at)
{
	return (struct record *)(void *)(backlog->bytes + at);
}

bool backlog_add(const struct record *record)
{
	struct backlog *backlog = get_backlog() ?: make_backlog();
	struct record *copy;
	unsigned at;

	if (!backlog)
		return false;
	at = __atomic_load_n(&backlog->used, __ATOMIC_RELAXED);
	do {
		if (at + record->size > BACKLOG_BYTES)
			return false;
	} while (!__atomic_compare_exchange_n(&backlog->used, &at, at + record->size,
					      false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED));
	copy = record_at(backlog, at);
	memcpy(&copy->size, &record->size, record->size - offsetof(struct record, size));
	__atomic_store_n(&copy->magic, record->magic, __ATOMIC_RELEASE);
	__atomic_add_fetch(&backlog->added, 1, __ATOMIC_SEQ_CST);
	return true;
}

bool backlog_is_empty(void)
{
	const struct backlog *backlog = get_backlog();

	return !backlog || __atomic_load_n(&backlog->used, __ATOMIC_ACQUIRE) == 0;
}

bool backlog_waits(void)
{
	const struct backlog *backlog = get_backlog();

	return backlog && __atomic_load_n(&backlog->added, __ATOMIC_SEQ_CST) !=
				  __atomic_load_n(&backlog->dropped, __ATOMIC_SEQ_CST);
}

const struct record *backlog_first(void)
{
	struct backlog *backlog = get_backlog();
	const struct record *first;

	if (!backlog ||
	    backlog->done >= __atomic_load_n(&backlog->used, __ATOMIC_ACQUIRE))
		return NULL;
	first = record_at(backlog, backlog->done);
	return __atomic_load_n(&first->magic, __ATOMIC_ACQUIRE) ? first : NULL;
}

void backlog_drop_first(void)
{
	struct backlog *backlog = get_backlog();
	unsigned used;

	backlog->done += record_at(backlog, backlog->done)->size;
	used = backlog->done;
	__atomic_add_fetch(&backlog->dropped, 1, __ATOMIC_SEQ_CST);
	if (__atomic_load_n(&backlog->used, __ATOMIC_ACQUIRE) != used)
		return;
	memset(backlog->bytes, 0, used);
	/* another thread may have added a record meanwhile: then keep the positions */
	if (__atomic_compare_exchange_n(&backlog->used, &used, 0, false, __ATOMIC_ACQ_REL,
					__ATOMIC_RELAXED))
		backlog->done = 0;
}
