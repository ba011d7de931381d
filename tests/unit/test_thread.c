/* SPDX-License-Identifier: MIT */
/*
 * The state of each thread: every thread has its own struct, and the structs of ended
 * threads are reused.
 */
#include "check.h"

#include <pthread.h>
#include <unistd.h>

#include "host/sys.h"
#include "host/thread.h"

#define THREADS 16
#define ROUNDS 400

static struct thread *taken[THREADS];
static pthread_barrier_t together, looked_at;

static void *take(void *number)
{
	assert_ptr_equal(thread, &thread_nobody);
	pthread_barrier_wait(&together);
	assert_true(thread_take(sys_getpid(), sys_gettid()));
	assert_int_equal(thread->tid, sys_gettid());
	taken[(uintptr_t)number] = thread;
	pthread_barrier_wait(&looked_at); /* nobody ends before all are there */
	return NULL;
}

static void threads_that_come_together_have_one_each(void **state)
{
	pthread_t threads[THREADS];
	uintptr_t i, j;
	int round;

	(void)state;
	pthread_barrier_init(&together, NULL, THREADS);
	pthread_barrier_init(&looked_at, NULL, THREADS);
	for (round = 0; round < ROUNDS; round++) {
		for (i = 0; i < THREADS; i++)
			pthread_create(&threads[i], NULL, take, (void *)i);
		for (i = 0; i < THREADS; i++)
			pthread_join(threads[i], NULL);
		for (i = 0; i < THREADS; i++)
			for (j = 0; j < i; j++)
				assert_ptr_not_equal(taken[i], taken[j]);
	}
}

static void *take_alone(void *seen)
{
	assert_true(thread_take(sys_getpid(), sys_gettid()));
	*(struct thread **)seen = thread;
	return NULL;
}

/* As many as hundreds of slabs would have room for: their memory lies close together. */
static void threads_that_have_ended_leave_their_place(void **state)
{
	uintptr_t lowest = UINTPTR_MAX, highest = 0;
	struct thread *seen;
	pthread_t one;
	int i;

	(void)state;
	for (i = 0; i < 10000; i++) {
		pthread_create(&one, NULL, take_alone, &seen);
		pthread_join(one, NULL);
		lowest = (uintptr_t)seen < lowest ? (uintptr_t)seen : lowest;
		highest = (uintptr_t)seen > highest ? (uintptr_t)seen : highest;
	}
	assert_true(highest - lowest < 10000 * sizeof(struct thread) / 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(threads_that_come_together_have_one_each),
		cmocka_unit_test(threads_that_have_ended_leave_their_place),
	};

	return RUN(tests);
}
