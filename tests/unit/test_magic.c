/* SPDX-License-Identifier: MIT */
/*
 * Unit tests of preload/trace/magic.c: which magic number the interpreter has, guessed from
 * tags and learnt from what it does.  Each test goes on from what the one before has taught.
 */
#include "check.h"

#include <stdio.h>
#include <string.h>

#include "attributes.h"
#include "host/sys.h"
#include "host/thread.h"
#include "pyc_header.h"
#include "trace/magic.h"

#define KEY 77 /* of a source and its pyc */

static const uint8_t of_3_12[4] = "\313\15\r\n", of_3_8[4] = "\125\15\r\n",
		     of_alpha[4] = "\124\15\r\n", of_pypy[4] = "\360\0\r\n",
		     of_none[4] = "\313\15\0\0";

/* The tag of /m.TAG.pyc, or, without a tag, of /m.pyc. */
static struct magic_tag tag_of(const char *tag)
{
	char path[64];

	snprintf(path, sizeof(path), "/m.%s.pyc", tag);
	return magic_tag(path, *tag ? 3 : 0, *tag ? 3 + strlen(tag) : 0, false);
}

static struct magic_tag of_stream(void)
{
	return magic_tag("/m.pyc", 0, 0, true);
}

static unsigned expected(const char *tag)
{
	return magic_expected(tag_of(tag));
}

static int take_thread(void **state)
{
	(void)state;
	return thread_take(sys_getpid(), sys_gettid()) ? 0 : -1;
}

static void magic_is_guessed_from_the_tag(void **state)
{
	(void)state;
	assert_int_equal(expected(""), 0); /* a pyc without a tag, and nothing is known */
	assert_int_equal(expected("cpython-38"), 3413);
	assert_int_equal(expected("cpython-312"), 3531);
	assert_int_equal(expected("cpython-999"), 0);
	assert_int_equal(expected(""), 3531); /* as the last tag that is known */
	assert_int_equal(magic_expected(of_stream()), PYC_MAGIC_2);
	assert_int_equal(expected(""), 3531);
}

static void pyc_whose_source_is_read_next_teaches_nothing(void **state)
{
	(void)state;
	magic_looks_up(); /* nothing was read yet */
	magic_read_pyc(KEY, tag_of("pypy39"), of_pypy);
	magic_read_source(KEY);
	magic_looks_up();
	assert_int_equal(expected("pypy39"), 0);
	magic_read_pyc(KEY, tag_of("pypy39"), of_none); /* no pyc */
	magic_looks_up();
	assert_int_equal(expected("pypy39"), 0);
}

static void pyc_behind_which_another_is_looked_up_was_used(void **state)
{
	(void)state;
	magic_read_pyc(KEY, tag_of("pypy39"), of_pypy);
	magic_read_source(KEY + 1); /* another module's */
	assert_int_equal(expected("pypy39"), 0);
	magic_looks_up();
	assert_int_equal(expected("pypy39"), 240);
	assert_int_equal(expected(""), 240);
	assert_int_equal(expected("pypy310"),
			 240); /* as the last one, until one is used */
}

static void pyc_of_another_interpreter_teaches_nothing_of_this_one(void **state)
{
	(void)state;
	magic_read_pyc(KEY, tag_of("cpython-38"), of_3_8);
	magic_looks_up();
	assert_int_equal(expected("cpython-38"), 3413);
	assert_int_equal(expected("pypy39"), 240);
	assert_int_equal(expected("cpython-312"), 3531);
	assert_int_equal(magic_expected(of_stream()), PYC_MAGIC_2);
}

static void magic_of_what_the_interpreter_writes_goes_before(void **state)
{
	(void)state;
	magic_learn(tag_of("cpython-38"), of_none);
	assert_false(magic_is_certain(tag_of("cpython-38")));
	magic_learn(tag_of("cpython-38"), of_alpha);
	assert_true(magic_is_certain(tag_of("cpython-38")));
	assert_int_equal(expected("cpython-38"), 3412);
	magic_read_pyc(KEY, tag_of("cpython-38"),
		       of_3_8); /* by a program, and not used */
	magic_looks_up();
	assert_int_equal(expected("cpython-38"), 3412);
	magic_looks_up(); /* what was read is used once */
	assert_int_equal(expected("cpython-38"), 3412);
	magic_learn(of_stream(), of_3_12);
	assert_int_equal(magic_expected(of_stream()), 3531);
	assert_int_equal(expected("cpython-38"), 3412);
}

static void one_tag_more_than_are_remembered_is_learnt(void **state)
{
	static const char *const tags[] = {"pypy-73", "pypy36", "pypy37", "pypy38",
					   "pypy311"};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(tags); i++) {
		magic_learn(tag_of(tags[i]), of_pypy);
		assert_int_equal(expected(tags[i]), 240);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(magic_is_guessed_from_the_tag),
		cmocka_unit_test(pyc_whose_source_is_read_next_teaches_nothing),
		cmocka_unit_test(pyc_behind_which_another_is_looked_up_was_used),
		cmocka_unit_test(pyc_of_another_interpreter_teaches_nothing_of_this_one),
		cmocka_unit_test(magic_of_what_the_interpreter_writes_goes_before),
		cmocka_unit_test(one_tag_more_than_are_remembered_is_learnt),
	};

	return cmocka_run_group_tests(tests, take_thread, NULL);
}
