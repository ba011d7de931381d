/* SPDX-License-Identifier: MIT */
/*
 * See thread.h.  Lock-free; any thread, also in a signal handler, but no vfork child.
 */
#include "host/thread.h"

#include <string.h>

#include "host/sys.h"

#define SLAB_BYTES (64u << 10)

/* Memory for many threads.  It is never unmapped. */
struct slab {
	struct slab *next;
	struct thread threads[];
};

/* `owner` is the first member; everything behind it is cleared for a new owner. */
#define OWNER_END (offsetof(struct thread, hashes) + sizeof(struct source_hashes *))

#define SLAB_THREADS ((SLAB_BYTES - sizeof(struct slab)) / sizeof(struct thread))

struct thread thread_nobody;
__thread struct thread *thread = &thread_nobody;

static struct slab *slabs;

static bool thread_claim(struct thread *one, int owner, int tid)
{
	return __atomic_compare_exchange_n(&one->owner, &owner, tid, false,
					   __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

/*
 * Claim a free struct, or (`left`) one whose owner does not exist any more: its thread
 * has ended, or a fork has not copied it.  NULL if there is none.
 */
static struct thread *thread_find(int pid, int tid, bool left)
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
			if (thread_claim(&slab->threads[i], owner, tid))
				return &slab->threads[i];
		}
	return NULL;
}

/* Map another slab, whose first struct is the caller's.  NULL if there is no memory. */
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
		taken = thread_find(pid, tid, false);
		if (!taken)
			taken = thread_find(pid, tid, true);
		if (!taken)
			taken = make_slab(tid);
		if (!taken)
			return false;
	}
	/* the owner is never 0 here, or another thread could claim the struct */
	__atomic_store_n(&taken->owner, tid, __ATOMIC_RELAXED);
	memset((char *)taken + OWNER_END, 0, sizeof(*taken) - OWNER_END);
	taken->pid = pid;
	taken->tid = tid;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	thread = taken;
	return true;
}
