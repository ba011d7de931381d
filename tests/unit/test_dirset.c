/*
 * The set of directories: what it keeps, and what it gives up.
 */
#include "check.h"

#include <string.h>

#include "dirset.h"

static struct dirset set;

/* The n-th of the hashes that share a set. */
static uint64_t neighbour(unsigned n)
{
	return (uint64_t)n * 2 * DIRSET_SETS + 1;
}

static unsigned count_neighbours(unsigned end)
{
	unsigned n, count = 0;

	for (n = 0; n < end; n++)
		count += dirset_has(&set, neighbour(n));
	return count;
}

static void hashes_of_any_path_are_never_zero(void **state)
{
	const char *path = "/a/directory/of/some/length";
	size_t length;

	(void)state;
	for (length = 0; length <= strlen(path); length++)
		assert_int_not_equal(dirset_hash(path, length), 0);
	assert_int_not_equal(dirset_hash("/a", 2), dirset_hash("/b", 2));
	assert_int_equal(dirset_hash("/a", 2), dirset_hash("/ab", 2));
}

static void set_with_room_keeps_neighbours(void **state)
{
	unsigned n;

	(void)state;
	dirset_clear(&set);
	for (n = 0; n < DIRSET_WAYS; n++) {
		assert_false(dirset_has(&set, neighbour(n)));
		dirset_add(&set, neighbour(n), dirset_now(&set));
	}
	assert_int_equal(count_neighbours(DIRSET_WAYS), DIRSET_WAYS);
}

static void set_that_is_full_gives_up_one(void **state)
{
	unsigned n;

	(void)state;
	for (n = DIRSET_WAYS; n < 3 * DIRSET_WAYS; n++) {
		dirset_add(&set, neighbour(n), dirset_now(&set));
		assert_true(dirset_has(&set, neighbour(n)));
		assert_int_equal(count_neighbours(3 * DIRSET_WAYS), DIRSET_WAYS);
	}
}

static void hash_that_is_there_takes_no_more_room(void **state)
{
	unsigned n;

	(void)state;
	dirset_clear(&set);
	dirset_add(&set, neighbour(0), dirset_now(&set));
	for (n = 0; n < DIRSET_WAYS; n++)
		dirset_add(&set, neighbour(1), dirset_now(&set));
	assert_int_equal(count_neighbours(2), 2);
}

static void set_that_is_cleared_has_nothing(void **state)
{
	(void)state;
	dirset_add(&set, neighbour(0), dirset_now(&set));
	dirset_clear(&set);
	assert_int_equal(count_neighbours(3 * DIRSET_WAYS), 0);
}

static void what_was_found_before_a_clear_is_not_added_after_it(void **state)
{
	unsigned before = dirset_now(&set);

	(void)state;
	dirset_clear(&set);
	dirset_add(&set, neighbour(0), before);
	assert_false(dirset_has(&set, neighbour(0)));
	dirset_add(&set, neighbour(0), dirset_now(&set));
	assert_true(dirset_has(&set, neighbour(0)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hashes_of_any_path_are_never_zero),
		cmocka_unit_test(set_with_room_keeps_neighbours),
		cmocka_unit_test(set_that_is_full_gives_up_one),
		cmocka_unit_test(hash_that_is_there_takes_no_more_room),
		cmocka_unit_test(set_that_is_cleared_has_nothing),
		cmocka_unit_test(what_was_found_before_a_clear_is_not_added_after_it),
	};

	return RUN(tests);
}
