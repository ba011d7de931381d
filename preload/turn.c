/*
 * See turn.h.  Any thread; not where the same thread may hold the turn already.
 */
#include "turn.h"

#include "sys.h"
#include "thread.h"

/*
 * The owner needs microseconds, but a processor with hundreds of threads comes back to it
 * late: wait ten seconds.  Only once, for the owner may have been stopped.
 */
#define YIELDS 100
#define LAST_TRY (YIELDS + 10000)

static bool replace(struct turn *turn, int from, int to)
{
	return __atomic_compare_exchange_n(&turn->owner, &from, to, false,
					   __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

/* Has the owner ended, or is it a thread that did not survive a fork? */
static bool is_gone(int owner)
{
	return owner == thread.tid || SYS3(tgkill, thread.pid, owner, 0) == -ESRCH;
}

static bool try(struct turn *turn, int owner)
{
	if (owner && !is_gone(owner))
		return false;
	if (!replace(turn, owner, thread.tid))
		return false;
	thread.turn = turn;
	__atomic_store_n(&turn->gave_up, 0, __ATOMIC_RELAXED);
	return true;
}

bool turn_take(struct turn *turn)
{
	int tries = __atomic_load_n(&turn->gave_up, __ATOMIC_RELAXED) ? LAST_TRY : 0;

	for (; tries <= LAST_TRY; tries++) {
		if (try(turn, __atomic_load_n(&turn->owner, __ATOMIC_RELAXED)))
			return true;
		if (tries < LAST_TRY)
			sys_give_way(tries, YIELDS);
	}
	__atomic_store_n(&turn->gave_up, 1, __ATOMIC_RELAXED);
	return false;
}

void turn_end(struct turn *turn)
{
	thread.turn = NULL;
	__atomic_store_n(&turn->owner, 0, __ATOMIC_RELEASE);
}
