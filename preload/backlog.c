/*
 * See backlog.h.
 *
 * A record is there when its magic is, which is stored last.  When all records were
 * dropped, the room is used again from its beginning, and is all zeros then.
 *
 * A thread that adds a record looks at the turn's owner next, and the owner that ends its
 * turn looks at the first record next (recorder.c, tend()).  These are sequentially
 * consistent, so that one of the two sees the other.
 */
#include "backlog.h"

#include <string.h>

#include "sys.h"

static struct backlog {
	unsigned used; /* bytes that are taken */
	unsigned done; /* bytes of them that were dropped */
	char bytes[BACKLOG_BYTES] __attribute__((aligned(8)));
} * the_backlog; /* NULL: none was needed yet */

static struct backlog *get_backlog(void)
{
	return __atomic_load_n(&the_backlog, __ATOMIC_ACQUIRE);
}

static struct backlog *make_backlog(void)
{
	struct backlog *made = sys_map(sizeof(*made), MAP_PRIVATE), *none = NULL;

	if (!made)
		return NULL;
	sys_wipe_on_fork(made, sizeof(*made));
	if (__atomic_compare_exchange_n(&the_backlog, &none, made, false,
					__ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		return made;
	sys_unmap(made, sizeof(*made));
	return none;
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
	__atomic_store_n(&copy->magic, record->magic, __ATOMIC_SEQ_CST);
	return true;
}

bool backlog_is_empty(void)
{
	const struct backlog *backlog = get_backlog();

	return !backlog || __atomic_load_n(&backlog->used, __ATOMIC_ACQUIRE) == 0;
}

const struct record *backlog_first(void)
{
	struct backlog *backlog = get_backlog();
	const struct record *first;
	unsigned at;

	if (!backlog)
		return NULL;
	at = __atomic_load_n(&backlog->done, __ATOMIC_RELAXED);
	if (at >= __atomic_load_n(&backlog->used, __ATOMIC_SEQ_CST))
		return NULL;
	first = record_at(backlog, at);
	return __atomic_load_n(&first->magic, __ATOMIC_SEQ_CST) ? first : NULL;
}

void backlog_drop_first(void)
{
	struct backlog *backlog = get_backlog();
	unsigned done = backlog->done + record_at(backlog, backlog->done)->size;
	unsigned used = done;

	__atomic_store_n(&backlog->done, done, __ATOMIC_RELAXED);
	if (__atomic_load_n(&backlog->used, __ATOMIC_RELAXED) != done)
		return;
	memset(backlog->bytes, 0, done);
	/* if another thread has added a record since, it goes on behind that one */
	if (__atomic_compare_exchange_n(&backlog->used, &used, 0, false, __ATOMIC_ACQ_REL,
					__ATOMIC_RELAXED))
		__atomic_store_n(&backlog->done, 0, __ATOMIC_RELAXED);
}

void backlog_forget(void)
{
	struct backlog *backlog = get_backlog();

	if (backlog)
		memset(backlog, 0, sizeof(*backlog));
}
