/* SPDX-License-Identifier: MIT */
/*
 * Unit tests of preload/view/removed.c: it forgets nothing, however much it is told.
 */
#include "check.h"

#include <pthread.h>

#include "view/removed.h"

#define MANY 100000u
#define THREADS 4u

/* Half of these meet at few places of each table. */
static uint64_t hash_of(unsigned n)
{
	return n % 2 ? (uint64_t)n << 20 | 1 : (uint64_t)n * 0x9e3779b97f4a7c15u | 1;
}

static unsigned count(unsigned end)
{
	unsigned n, found = 0;

	for (n = 1; n <= end; n++)
		found += removed_has(hash_of(n));
	return found;
}

static void nothing_is_there_at_first(void **state)
{
	(void)state;
	assert_int_equal(count(100), 0);
	removed_drop(hash_of(1));
	assert_int_equal(count(100), 0);
}

static void *add_all(void *argument)
{
	unsigned n;

	for (n = 1; n <= *(unsigned *)argument; n++)
		removed_add(hash_of(n));
	return NULL;
}

static void threads_add_the_same(void **state)
{
	pthread_t threads[THREADS];
	unsigned i, end = 5000;

	(void)state;
	for (i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, add_all, &end), 0);
	for (i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_int_equal(count(end), end);
	assert_false(removed_has(hash_of(end + 1)));
}

static void what_is_dropped_is_not_there(void **state)
{
	unsigned n;

	(void)state;
	for (n = 1; n <= 5000; n += 5)
		removed_drop(hash_of(n));
	for (n = 1; n <= 5000; n++)
		assert_int_equal(removed_has(hash_of(n)), n % 5 != 1);
}

static void each_of_many_is_kept(void **state)
{
	unsigned n;

	(void)state;
	for (n = 1; n <= MANY; n++)
		removed_add((uint64_t)n * 0x9e3779b97f4a7c15u | 1);
	for (n = 1; n <= MANY; n++)
		assert_true(removed_has((uint64_t)n * 0x9e3779b97f4a7c15u | 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_there_at_first),
		cmocka_unit_test(threads_add_the_same),
		cmocka_unit_test(what_is_dropped_is_not_there),
		cmocka_unit_test(each_of_many_is_kept),
	};

	return RUN(tests);
}
