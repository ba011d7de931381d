/* SPDX-License-Identifier: MIT */
/*
 * Unit tests of preload/trace/magic.c: which magic number the interpreter has, guessed from
 * tags and learnt from what it does.  Each test goes on from what the one before has taught.
 */
#include "check.h"

#include <string.h>

#include "attributes.h"
#include "host/sys.h"
#include "host/thread.h"
#include "pyc_header.h"
#include "trace/magic.h"

#define KEY 77 /* of a source and its pyc */

static const uint8_t of_3_12[4] = "\313\15\r\n", of_3_8[4] = "\125\15\r\n",
		     of_none[4] = "\313\15\0\0";

static unsigned expected(const char *tag)
{
	return magic_expected(tag, strlen(tag), false);
}

static int take_thread(void **state)
{
	(void)state;
	return thread_take(sys_getpid(), sys_gettid()) ? 0 : -1;
}

static void magic_is_guessed_from_the_tag(void **state)
{
	(void)state;
	assert_false(magic_is_known());
	assert_int_equal(expected(""), 0); /* a pyc without a tag, and nothing is known */
	assert_int_equal(expected("cpython-38"), 3413);
	assert_int_equal(expected("cpython-312"), 3531);
	assert_int_equal(expected("cpython-999"), 0);
	assert_int_equal(expected(""), 3531); /* as the last tag that is known */
	assert_int_equal(magic_expected("", 0, true), PYC_MAGIC_2);
	assert_false(magic_is_known());
}

static void pyc_whose_source_is_read_next_teaches_nothing(void **state)
{
	(void)state;
	magic_looks_up(); /* nothing was read yet */
	magic_read_pyc(KEY, of_3_8);
	magic_read_source(KEY);
	magic_looks_up();
	assert_false(magic_is_known());
	magic_read_pyc(KEY, of_none); /* no pyc */
	magic_looks_up();
	assert_false(magic_is_known());
}

static void pyc_behind_which_another_is_looked_up_was_used(void **state)
{
	(void)state;
	magic_read_pyc(KEY, of_3_8);
	magic_read_source(KEY + 1); /* another module's */
	assert_false(magic_is_known());
	magic_looks_up();
	assert_true(magic_is_known());
	assert_int_equal(expected("cpython-312"), 3413);
	assert_int_equal(expected(""), 3413);
	assert_int_equal(magic_expected("", 0, true), 3413);
}

static void magic_of_what_the_interpreter_writes_goes_before(void **state)
{
	(void)state;
	magic_learn(of_none);
	assert_int_equal(expected(""), 3413);
	magic_learn(of_3_12);
	assert_int_equal(expected(""), 3531);
	magic_looks_up(); /* what was read is used once */
	assert_int_equal(expected(""), 3531);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(magic_is_guessed_from_the_tag),
		cmocka_unit_test(pyc_whose_source_is_read_next_teaches_nothing),
		cmocka_unit_test(pyc_behind_which_another_is_looked_up_was_used),
		cmocka_unit_test(magic_of_what_the_interpreter_writes_goes_before),
	};

	return cmocka_run_group_tests(tests, take_thread, NULL);
}
