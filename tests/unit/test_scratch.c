/* SPDX-License-Identifier: MIT */
/*
 * The scratch memory for paths: it nests, is limited, survives a jump out of a call, and
 * falls back to the stack.
 */
#include "check.h"

#include <limits.h>
#include <signal.h>
#include <string.h>

#include "host/scratch.h"
#include "host/thread.h"
#include "step.h"

/* Take room again and again, as a walk down a tree does; false: something was lost. */
static bool go_down(unsigned depth, unsigned *on_the_stack)
{
	SCRATCH(char, path, PATH_MAX);
	bool kept;

	memset(path, (int)depth, PATH_MAX);
	if (path < thread->scratch || path >= thread->scratch + thread->scratch_used)
		++*on_the_stack;
	kept = depth == 0 || go_down(depth - 1, on_the_stack);
	return kept && path[0] == (char)depth && path[PATH_MAX - 1] == (char)depth;
}

static void room_nests_and_goes_on_on_the_stack(void **state)
{
	unsigned on_the_stack = 0;

	(void)state;
	assert_true(go_down(5, &on_the_stack));
	assert_int_equal(on_the_stack, 0);
	assert_true(go_down(40, &on_the_stack));
	assert_int_not_equal(on_the_stack, 0);
	assert_int_equal(thread->scratch_used, 0);
}

static void room_that_is_given_back_is_taken_again(void **state)
{
	char *first = scratch_take(100), *second;

	(void)state;
	assert_non_null(first);
	scratch_give(&first);
	assert_null(thread->scratch);
	second = scratch_take(100);
	assert_ptr_equal(second, first);
	scratch_give(&second);
}

static void room_that_was_jumped_out_of_is_forgotten(void **state)
{
	unsigned on_the_stack = 0, i;

	(void)state;
	for (i = 0; i < 100; i++) {
		assert_non_null(scratch_take(PATH_MAX));
		scratch_forget();
	}
	assert_true(go_down(5, &on_the_stack));
	assert_int_equal(on_the_stack, 0);
}

#ifdef __x86_64__
static volatile unsigned steps;

static void take_room(int signal)
{
	SCRATCH(char, room, 100);

	(void)signal;
	memset(room, 'h', 100);
	steps++;
}

static void room_is_kept_from_a_signal_handler_at_each_instruction(void **state)
{
	struct sigaction action = {.sa_handler = take_room}, before;
	unsigned on_the_stack = 0;
	bool kept;
	int i;

	(void)state;
	sigaction(SIGTRAP, &action, &before);
	STEP_BEGIN;
	for (i = 0, kept = true; i < 5; i++)
		kept &= go_down(2, &on_the_stack);
	STEP_END;
	sigaction(SIGTRAP, &before, NULL);
	assert_true(kept);
	assert_int_not_equal(steps, 0);
	assert_int_equal(on_the_stack, 0);
	assert_int_equal(thread->scratch_used, 0);
	assert_null(thread->scratch);
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(room_nests_and_goes_on_on_the_stack),
		cmocka_unit_test(room_that_is_given_back_is_taken_again),
		cmocka_unit_test(room_that_was_jumped_out_of_is_forgotten),
#ifdef __x86_64__
		cmocka_unit_test(room_is_kept_from_a_signal_handler_at_each_instruction),
#endif
	};

	return RUN(tests);
}
