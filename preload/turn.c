/*
 * See turn.h.
 */
#include "turn.h"

#include "sys.h"
#include "thread.h"

#define WAIT_NS 1000000u /* at one call */
#define NAP_NS 50000u	 /* between two tries */
#define WAITS 100	 /* of all threads, until nobody waits for this owner any more */

/* Has the owner ended, or is it a thread that did not survive a fork? */
static bool is_gone(int owner)
{
	return owner == thread->tid || SYS3(tgkill, thread->pid, owner, 0) == -ESRCH;
}

static bool take_over(struct turn *turn)
{
	int owner = __atomic_load_n(&turn->owner, __ATOMIC_SEQ_CST);

	return (!owner || is_gone(owner)) &&
	       __atomic_compare_exchange_n(&turn->owner, &owner, thread->tid, false,
					   __ATOMIC_SEQ_CST, __ATOMIC_RELAXED);
}

/* The thread notes it first: a signal handler may jump out right after it has the turn. */
bool turn_try(struct turn *turn)
{
	if (thread->turns == THREAD_TURNS)
		return false;
	thread->turn[thread->turns] = turn;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	__atomic_store_n(&thread->turns, thread->turns + 1, __ATOMIC_RELAXED);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	if (take_over(turn)) {
		__atomic_store_n(&turn->waits, 0, __ATOMIC_RELAXED);
		return true;
	}
	thread->turns--;
	return false;
}

bool turn_take(struct turn *turn)
{
	const struct timespec nap = {0, NAP_NS};
	uint64_t begin;

	if (turn_try(turn))
		return true;
	if (__atomic_load_n(&turn->waits, __ATOMIC_RELAXED) >= WAITS)
		return false;
	__atomic_add_fetch(&turn->waits, 1, __ATOMIC_RELAXED);
	begin = sys_clock_ns(CLOCK_MONOTONIC);
	do {
		SYS2(nanosleep, &nap, NULL);
		if (turn_try(turn))
			return true;
	} while (sys_clock_ns(CLOCK_MONOTONIC) - begin < WAIT_NS);
	return false;
}

/*
 * The thread is not the owner where a signal handler has forked in the middle of our call
 * and made calls of its own in the child, or has jumped out before there was a turn.
 */
static void give_back(struct turn *turn)
{
	if (__atomic_load_n(&turn->owner, __ATOMIC_RELAXED) == thread->tid)
		__atomic_store_n(&turn->owner, 0, __ATOMIC_SEQ_CST);
}

void turn_end(struct turn *turn)
{
	give_back(turn);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	if (thread->turns && thread->turn[thread->turns - 1] == turn)
		__atomic_store_n(&thread->turns, thread->turns - 1, __ATOMIC_RELAXED);
}

void turn_end_all(void)
{
	for (; thread->turns; thread->turns--)
		give_back(thread->turn[thread->turns - 1]);
}
