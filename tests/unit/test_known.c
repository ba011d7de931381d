/* SPDX-License-Identifier: MIT */
/*
 * Unit tests of preload/view/known.c: the entries that it keeps and those that it evicts.
 */
#include "check.h"

#include <string.h>

#include "host/secret_hash.h"
#include "view/known.h"

/* The n-th of the hashes that share a set. */
static uint64_t neighbour(unsigned n)
{
	return (uint64_t)n * 2 * KNOWN_SETS + 1;
}

static bool has(unsigned n)
{
	return known_has(neighbour(n), KNOWN_PLAIN, known_generation());
}

static void add(unsigned n)
{
	known_add(neighbour(n), KNOWN_PLAIN, known_generation());
}

static unsigned count_neighbours(unsigned end)
{
	unsigned n, count = 0;

	for (n = 0; n < end; n++)
		count += has(n);
	return count;
}

/* Evict all entries of the set, and begin a new generation. */
static void empty_set(void)
{
	unsigned n;

	for (n = 100; n < 100 + 2 * KNOWN_WAYS; n++)
		add(n);
	known_new_generation();
}

static void hash_of_any_path_is_never_zero(void **state)
{
	const char *path = "/a/directory/of/some/length";
	size_t length;

	(void)state;
	for (length = 0; length <= strlen(path); length++)
		assert_int_not_equal(known_hash(path, length), 0);
	assert_int_not_equal(known_hash("/a", 2), known_hash("/b", 2));
	assert_int_equal(known_hash("/a", 2), known_hash("/ab", 2));
}

/* A user who could compute it would name his directory so that it is taken for another. */
static void hash_of_a_path_is_a_secret(void **state)
{
	uint64_t before = known_hash("/a", 2);

	(void)state;
	secret_hash_start();
	assert_false(known_hash("/a", 2) == before);
}

static void set_with_room_keeps_neighbours(void **state)
{
	unsigned n;

	(void)state;
	for (n = 0; n < KNOWN_WAYS; n++) {
		assert_false(has(n));
		add(n);
	}
	assert_int_equal(count_neighbours(KNOWN_WAYS), KNOWN_WAYS);
}

static void set_that_is_full_gives_up_one(void **state)
{
	unsigned n;

	(void)state;
	for (n = KNOWN_WAYS; n < 3 * KNOWN_WAYS; n++) {
		add(n);
		assert_true(has(n));
		assert_int_equal(count_neighbours(3 * KNOWN_WAYS), KNOWN_WAYS);
	}
}

static void fact_that_is_there_takes_no_more_room(void **state)
{
	unsigned n;

	(void)state;
	empty_set();
	add(0);
	for (n = 0; n < KNOWN_WAYS; n++)
		add(1);
	assert_int_equal(count_neighbours(2), 2);
}

static void facts_of_one_path_are_told_apart(void **state)
{
	uint64_t hash = known_hash("/one", 4);
	unsigned generation = known_generation();
	enum known_fact fact;

	(void)state;
	for (fact = KNOWN_PLAIN; fact <= KNOWN_STICKY; fact++)
		assert_false(known_has(hash, fact, generation));
	for (fact = KNOWN_PLAIN; fact <= KNOWN_STICKY; fact++) {
		known_add(hash, fact, generation);
		assert_true(known_has(hash, fact, generation));
		assert_int_equal(known_has(hash, fact + 1, generation), 0);
	}
}

static void new_generation_knows_nothing(void **state)
{
	(void)state;
	add(0);
	assert_true(has(0));
	known_new_generation();
	assert_false(has(0));
	add(0);
	assert_true(has(0));
}

static void what_was_found_in_an_old_generation_is_not_seen(void **state)
{
	unsigned before = known_generation();

	(void)state;
	known_new_generation();
	known_add(neighbour(1), KNOWN_PLAIN, before);
	assert_false(has(1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hash_of_any_path_is_never_zero),
		cmocka_unit_test(hash_of_a_path_is_a_secret),
		cmocka_unit_test(set_with_room_keeps_neighbours),
		cmocka_unit_test(set_that_is_full_gives_up_one),
		cmocka_unit_test(fact_that_is_there_takes_no_more_room),
		cmocka_unit_test(facts_of_one_path_are_told_apart),
		cmocka_unit_test(new_generation_knows_nothing),
		cmocka_unit_test(what_was_found_in_an_old_generation_is_not_seen),
	};

	return RUN(tests);
}
