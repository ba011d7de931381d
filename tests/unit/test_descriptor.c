/* SPDX-License-Identifier: MIT */
/*
 * The table of descriptors and its filter: a descriptor is tracked from descriptor_add()
 * to
 * descriptor_drop(), also when several descriptors share one byte of the filter.
 */
#include "check.h"

#include <signal.h>

#include "hooks/scan.h"
#include "host/descriptor.h"
#include "step.h"

#define FD 7
#define NEIGHBOUR (FD + (int)DESCRIPTOR_FILTER)

static struct descriptor *add(int fd)
{
	struct descriptor *slot = descriptor_add(fd, DESCRIPTOR_LOOKUP);

	assert_non_null(slot);
	assert_ptr_equal(descriptor_find(fd), slot);
	return slot;
}

static void descriptor_is_known_until_it_is_dropped(void **state)
{
	struct descriptor *slot = add(FD);

	(void)state;
	assert_true(descriptor_is_known(FD));
	assert_false(descriptor_is_known(FD + 1));
	assert_false(descriptor_is_known(-1));
	descriptor_drop(slot);
	assert_null(descriptor_find(FD));
	assert_false(descriptor_is_known(FD));
}

static void descriptor_dropped_twice_is_counted_once(void **state)
{
	struct descriptor *slot = add(FD);

	(void)state;
	descriptor_drop(slot);
	descriptor_drop(slot);
	assert_false(descriptor_is_known(FD));
}

static void closed_source_that_keeps_its_path_is_not_known(void **state)
{
	struct descriptor *slot = add(FD);

	(void)state;
	descriptor_keep_path(slot);
	assert_null(descriptor_find(FD));
	assert_false(descriptor_is_known(FD));
	descriptor_drop(slot);
	assert_false(descriptor_is_known(FD));
}

static void neighbours_in_the_filter_are_known_until_the_last_is_dropped(void **state)
{
	struct descriptor *one = add(FD), *other = add(NEIGHBOUR);

	(void)state;
	descriptor_drop(one);
	assert_true(descriptor_is_known(NEIGHBOUR));
	assert_null(descriptor_find(FD));
	descriptor_drop(other);
	assert_false(descriptor_is_known(NEIGHBOUR));
}

static void as_many_neighbours_as_there_are_slots_are_counted(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < DESCRIPTOR_SLOTS; i++)
		(void)!add(FD + i * (int)DESCRIPTOR_FILTER);
	assert_null(descriptor_add(FD + 1, DESCRIPTOR_LOOKUP));
	for (i = 0; i < DESCRIPTOR_SLOTS; i++) {
		assert_true(descriptor_is_known(FD));
		descriptor_drop(descriptor_find(FD + i * (int)DESCRIPTOR_FILTER));
	}
	assert_false(descriptor_is_known(FD));
}

static void descriptor_added_again_replaces_the_one_before(void **state)
{
	(void)state;
	(void)!add(FD);
	descriptor_drop(add(FD));
	assert_null(descriptor_find(FD));
	assert_false(descriptor_is_known(FD));
}

#ifdef STEP_BEGIN
static struct descriptor *closed_twice;
static volatile unsigned steps, close_at;

static void close_it_at_one_instruction(int signal)
{
	(void)signal;
	if (++steps == close_at)
		descriptor_drop(closed_twice);
}

/* A signal handler stands for the other thread; it runs at each instruction in turn. */
static void directory_closed_by_two_threads_is_counted_once(void **state)
{
	struct sigaction action = {.sa_handler = close_it_at_one_instruction}, before;
	unsigned wrong = 0;

	(void)state;
	sigaction(SIGTRAP, &action, &before);
	for (close_at = 1, steps = 1; steps >= close_at; close_at++) {
		steps = 0;
		closed_twice = descriptor_add(FD, DESCRIPTOR_DIRECTORY);
		STEP_BEGIN;
		descriptor_drop(closed_twice);
		STEP_END;
		wrong += scan_path("name") != SCAN_OTHER || descriptor_is_known(FD);
	}
	sigaction(SIGTRAP, &before, NULL);
	assert_in_range(close_at, 20, 1000);
	assert_int_equal(wrong, 0);
}
#else
static void directory_closed_by_two_threads_is_counted_once(void **state)
{
	(void)state;
	skip(); /* single steps are x86-64's here */
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(descriptor_is_known_until_it_is_dropped),
		cmocka_unit_test(descriptor_dropped_twice_is_counted_once),
		cmocka_unit_test(closed_source_that_keeps_its_path_is_not_known),
		cmocka_unit_test(
			neighbours_in_the_filter_are_known_until_the_last_is_dropped),
		cmocka_unit_test(as_many_neighbours_as_there_are_slots_are_counted),
		cmocka_unit_test(descriptor_added_again_replaces_the_one_before),
		cmocka_unit_test(directory_closed_by_two_threads_is_counted_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
