/*
 * See thread.h.
 */
#include "thread.h"

#include <string.h>

#include "sys.h"

#define SLAB_BYTES (64u << 10)

/* A piece of memory with room for many threads.  None is ever given back. */
struct slab {
	struct slab *next;
	struct thread threads[];
};

/* The owner comes first; what is behind it begins anew with each. */
#define OWNER_END (offsetof(struct thread, owner) + sizeof(int))

#define SLAB_THREADS ((SLAB_BYTES - sizeof(struct slab)) / sizeof(struct thread))

struct thread thread_nobody;
__thread struct thread *thread = &thread_nobody;

static struct slab *slabs;

static bool claim(struct thread *one, int owner, int tid)
{
	return __atomic_compare_exchange_n(&one->owner, &owner, tid, false,
					   __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

/* One that is free; or, where `left`, one whose thread has ended, or is no thread of a fork. */
static struct thread *find(int pid, int tid, bool left)
{
	struct slab *slab = __atomic_load_n(&slabs, __ATOMIC_ACQUIRE);
	unsigned i;
	int owner;

	for (; slab; slab = slab->next)
		for (i = 0; i < SLAB_THREADS; i++) {
			owner = __atomic_load_n(&slab->threads[i].owner,
						__ATOMIC_RELAXED);
			if (owner && owner != tid &&
			    !(left && SYS3(tgkill, pid, owner, 0) == -ESRCH))
				continue;
			if (claim(&slab->threads[i], owner, tid))
				return &slab->threads[i];
		}
	return NULL;
}

/* Its first place is the caller's. */
static struct thread *make_slab(int tid)
{
	struct slab *slab = sys_map(SLAB_BYTES, MAP_PRIVATE);

	if (!slab)
		return NULL;
	slab->threads[0].owner = tid;
	slab->next = __atomic_load_n(&slabs, __ATOMIC_RELAXED);
	while (!__atomic_compare_exchange_n(&slabs, &slab->next, slab, false,
					    __ATOMIC_RELEASE, __ATOMIC_RELAXED))
		;
	return &slab->threads[0];
}

bool thread_take(int pid, int tid)
{
	struct thread *taken = thread;

	if (taken == &thread_nobody) {
		taken = find(pid, tid, false);
		if (!taken)
			taken = find(pid, tid, true);
		if (!taken)
			taken = make_slab(tid);
		if (!taken)
			return false;
	}
	/* never without an owner: another thread would take it, too */
	__atomic_store_n(&taken->owner, tid, __ATOMIC_RELAXED);
	memset((char *)taken + OWNER_END, 0, sizeof(*taken) - OWNER_END);
	taken->pid = pid;
	taken->tid = tid;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	thread = taken;
	return true;
}
