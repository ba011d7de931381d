/*
 * What is known of descriptors: whether a call on one matters is told by one load, and as
 * long as it does, also where descriptors share a place in the filter.
 */
#include "check.h"

#include <signal.h>

#include "descriptor.h"
#include "scan.h"
#include "step.h"

_Atomic int call_watch_all;

#define FD 7
#define NEIGHBOUR (FD + (int)DESCRIPTOR_FILTER)

static void is_watched(int fd, bool known, bool reads, bool looks)
{
	assert_int_equal(descriptor_is_known(fd), known);
	assert_int_equal(descriptor_is_read(fd), reads);
	assert_int_equal(descriptor_is_looked_at(fd), looks);
}

static struct descriptor *add(int fd, int watched)
{
	struct descriptor *slot = descriptor_add(fd, DESCRIPTOR_LOOKUP, watched);

	assert_non_null(slot);
	assert_ptr_equal(descriptor_find(fd), slot);
	return slot;
}

static void calls_are_watched_as_asked_until_it_is_dropped(void **state)
{
	int watched;

	(void)state;
	for (watched = WATCH_NOTHING; watched <= (WATCH_READS | WATCH_LOOKS); watched++) {
		descriptor_drop(add(FD, watched));
		is_watched(FD, false, false, false);
		(void)!add(FD, watched);
		is_watched(FD, true, watched & WATCH_READS, watched & WATCH_LOOKS);
		is_watched(FD + 1, false, false, false);
		descriptor_drop(descriptor_find(FD));
		assert_null(descriptor_find(FD));
		is_watched(FD, false, false, false);
	}
}

static void calls_that_tell_nothing_more_are_unwatched_once(void **state)
{
	struct descriptor *slot = add(FD, WATCH_READS | WATCH_LOOKS);

	(void)state;
	descriptor_unwatch(slot, WATCH_LOOKS);
	is_watched(FD, true, true, false);
	descriptor_unwatch(slot, WATCH_READS | WATCH_LOOKS);
	descriptor_unwatch(slot, WATCH_READS | WATCH_LOOKS);
	is_watched(FD, true, false, false);
	descriptor_keep_path(slot);
	is_watched(FD, false, false, false);
	descriptor_drop(slot);
	descriptor_drop(slot);
	descriptor_unwatch(slot, WATCH_READS | WATCH_LOOKS);
	is_watched(FD, false, false, false);
	is_watched(-1, false, false, false);
}

static void neighbours_are_watched_each_as_long_as_it_is(void **state)
{
	struct descriptor *one = add(FD, WATCH_READS),
			  *other = add(NEIGHBOUR, WATCH_READS);

	(void)state;
	descriptor_unwatch(one, WATCH_READS);
	is_watched(NEIGHBOUR, true, true, false);
	descriptor_drop(one);
	is_watched(NEIGHBOUR, true, true, false);
	descriptor_drop(other);
	is_watched(NEIGHBOUR, false, false, false);
}

/* All slots may have descriptors that share a place. */
static void as_many_neighbours_as_there_are_slots_are_counted(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < DESCRIPTOR_SLOTS; i++)
		(void)!add(FD + i * (int)DESCRIPTOR_FILTER, WATCH_READS | WATCH_LOOKS);
	assert_null(descriptor_add(FD + 1, DESCRIPTOR_LOOKUP, WATCH_READS));
	for (i = 0; i < DESCRIPTOR_SLOTS; i++) {
		is_watched(FD, true, true, true);
		descriptor_drop(descriptor_find(FD + i * (int)DESCRIPTOR_FILTER));
	}
	is_watched(FD, false, false, false);
}

static void what_replaces_a_descriptor_is_watched_alone(void **state)
{
	(void)state;
	(void)!add(FD, WATCH_READS | WATCH_LOOKS);
	descriptor_drop(add(FD, WATCH_NOTHING));
	is_watched(FD, false, false, false);
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

/* The other thread is played by a signal handler, at each instruction in turn. */
static void directory_closed_by_two_threads_is_counted_once(void **state)
{
	struct sigaction action = {.sa_handler = close_it_at_one_instruction}, before;
	unsigned wrong = 0;

	(void)state;
	sigaction(SIGTRAP, &action, &before);
	for (close_at = 1, steps = 1; steps >= close_at; close_at++) {
		steps = 0;
		closed_twice = descriptor_add(FD, DESCRIPTOR_DIRECTORY, WATCH_READS);
		STEP_BEGIN;
		descriptor_drop(closed_twice);
		STEP_END;
		wrong += scan_path("name") != SCAN_OTHER || descriptor_is_known(FD) ||
			 descriptor_is_read(FD);
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
		cmocka_unit_test(calls_are_watched_as_asked_until_it_is_dropped),
		cmocka_unit_test(calls_that_tell_nothing_more_are_unwatched_once),
		cmocka_unit_test(neighbours_are_watched_each_as_long_as_it_is),
		cmocka_unit_test(as_many_neighbours_as_there_are_slots_are_counted),
		cmocka_unit_test(what_replaces_a_descriptor_is_watched_alone),
		cmocka_unit_test(directory_closed_by_two_threads_is_counted_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
