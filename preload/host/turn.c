/* SPDX-License-Identifier: MIT */
/*
 * See turn.h.
 */
#include "host/turn.h"

#include "host/sys.h"
#include "host/thread.h"

#define WAIT_NS 1000000u /* how long one turn_take() waits */
#define NAP_NS 50000u	 /* between two tries */
#define WAITS 100	 /* after so many waits, nobody waits for this owner any more */

/* Has the owner ended, or has a fork not copied it into this process? */
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

/* Note the turn before taking it: a signal handler may jump out right after that. */
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
 * End the turn, if this thread is its owner.  It is not if a signal handler has jumped
 * out before the turn was taken, or has forked in the middle of our call and has called
 * us in the child.
 */
static void turn_give_back(struct turn *turn)
{
	if (__atomic_load_n(&turn->owner, __ATOMIC_RELAXED) == thread->tid)
		__atomic_store_n(&turn->owner, 0, __ATOMIC_SEQ_CST);
}

void turn_end(struct turn *turn)
{
	turn_give_back(turn);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	if (thread->turns && thread->turn[thread->turns - 1] == turn)
		__atomic_store_n(&thread->turns, thread->turns - 1, __ATOMIC_RELAXED);
}

void turn_end_all(void)
{
	for (; thread->turns; thread->turns--)
		turn_give_back(thread->turn[thread->turns - 1]);
}
