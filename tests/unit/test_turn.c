/* SPDX-License-Identifier: MIT */
/*
 * The turn (a lock with a bounded wait): one thread has it, no other waits long, and it
 * never stays with a thread that has ended or has jumped out of a call into the library.
 */
#include "check.h"

#include <pthread.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "host/sys.h"
#include "host/thread.h"
#include "host/turn.h"

static struct turn turn, inner;
static pthread_barrier_t taken, done;

static void know_thread(void)
{
	assert_true(thread_take(sys_getpid(), sys_gettid()));
}

static void *take_and_stay(void *with_end)
{
	know_thread();
	assert_true(turn_try(&turn));
	pthread_barrier_wait(&taken);
	pthread_barrier_wait(&done);
	if (with_end)
		turn_end(&turn);
	return NULL;
}

static void start(pthread_t *owner, const char *with_end)
{
	know_thread();
	pthread_barrier_init(&taken, NULL, 2);
	pthread_barrier_init(&done, NULL, 2);
	pthread_create(owner, NULL, take_and_stay, (void *)(uintptr_t)with_end);
	pthread_barrier_wait(&taken);
}

/* The kernel may know a thread for a moment after it was joined. */
static void wait_until_gone(int tid)
{
	while (tid && syscall(SYS_tgkill, getpid(), tid, 0) == 0)
		sched_yield();
}

static void finish(pthread_t owner)
{
	int tid = turn.owner;

	pthread_barrier_wait(&done);
	pthread_join(owner, NULL);
	wait_until_gone(tid == (int)syscall(SYS_gettid) ? 0 : tid);
	pthread_barrier_destroy(&taken);
	pthread_barrier_destroy(&done);
}

static void turn_is_one_threads_at_a_time(void **state)
{
	pthread_t owner;

	(void)state;
	start(&owner, "end");
	assert_false(turn_try(&turn));
	finish(owner);
	assert_true(turn_try(&turn));
	turn_end(&turn);
	assert_int_equal(turn.owner, 0);
	assert_int_equal(thread->turns, 0);
}

/* A hundred waits of a millisecond, and after that none: measured in all, for load's sake. */
static void threads_stop_waiting_for_an_owner_that_stays(void **state)
{
	pthread_t owner;
	uint64_t begin, waited;
	unsigned i;

	(void)state;
	start(&owner, "end");
	begin = sys_clock_ns(CLOCK_MONOTONIC);
	assert_false(turn_take(&turn));
	waited = sys_clock_ns(CLOCK_MONOTONIC) - begin;
	assert_true(waited >= 1000000);
	assert_true(waited < 500000000);
	while (turn.waits < 100)
		assert_false(turn_take(&turn));
	for (i = 0; i < 1000; i++)
		assert_false(turn_take(&turn));
	assert_int_equal(turn.waits, 100);
	finish(owner);
	assert_true(turn_take(&turn));
	assert_int_equal(turn.waits, 0);
	turn_end(&turn);
}

static void turn_of_a_thread_that_has_ended_is_free(void **state)
{
	pthread_t owner;

	(void)state;
	start(&owner, NULL);
	assert_false(turn_try(&turn));
	finish(owner);
	assert_int_not_equal(turn.owner, 0);
	assert_true(turn_try(&turn));
	turn_end(&turn);
}

static void turns_that_were_jumped_out_of_are_all_free(void **state)
{
	(void)state;
	know_thread();
	assert_true(turn_try(&turn));
	assert_true(turn_try(&inner));
	assert_int_equal(thread->turns, 2);
	turn_end_all();
	assert_int_equal(thread->turns, 0);
	assert_int_equal(turn.owner, 0);
	assert_int_equal(inner.owner, 0);
}

/* The end of a call that a signal handler's fork has cut in two takes nobody's turn away. */
static void end_without_a_turn_changes_nothing(void **state)
{
	pthread_t owner;
	int its;

	(void)state;
	start(&owner, "end");
	its = turn.owner;
	turn_end(&turn);
	assert_int_equal(turn.owner, its);
	assert_int_equal(thread->turns, 0);
	finish(owner);
}

/* A thread that was jumped out of finds its own number there, or that of one long gone. */
static void turn_of_the_thread_itself_is_free(void **state)
{
	(void)state;
	know_thread();
	turn.owner = thread->tid;
	assert_true(turn_try(&turn));
	turn_end(&turn);
	assert_int_equal(turn.owner, 0);
}

static void turns_nest_as_deep_as_a_thread_can_note_them(void **state)
{
	struct turn more[THREAD_TURNS + 1] = {0};
	unsigned i;

	(void)state;
	know_thread();
	for (i = 0; i < THREAD_TURNS; i++)
		assert_true(turn_try(&more[i]));
	assert_false(turn_try(&more[THREAD_TURNS]));
	assert_int_equal(more[THREAD_TURNS].owner, 0);
	turn_end_all();
	for (i = 0; i < THREAD_TURNS; i++)
		assert_int_equal(more[i].owner, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(turn_is_one_threads_at_a_time),
		cmocka_unit_test(threads_stop_waiting_for_an_owner_that_stays),
		cmocka_unit_test(turn_of_a_thread_that_has_ended_is_free),
		cmocka_unit_test(turns_that_were_jumped_out_of_are_all_free),
		cmocka_unit_test(end_without_a_turn_changes_nothing),
		cmocka_unit_test(turn_of_the_thread_itself_is_free),
		cmocka_unit_test(turns_nest_as_deep_as_a_thread_can_note_them),
	};

	return RUN(tests);
}
