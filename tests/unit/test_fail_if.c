/* SPDX-License-Identifier: MIT */
/*
 * tools/answer/fail_if.c: the conditions of --fail-if.
 */
#include "check.h"

#include <string.h>

#include "answer/fail_if.h"
#include "attributes.h"

static void condition_of_any_form_compares_its_number(void **state)
{
	static const struct {
		const char *text;
		bool below, at, above; /* holds for 1, 2 and 3 */
	} cases[] = {
		{"stale>2", false, false, true},   {"stale>=2", false, true, true},
		{"stale<2", true, false, false},   {"stale<=2", true, true, false},
		{"stale==2", false, true, false},  {" stale > 2.0 ", false, false, true},
		{"stale>=2e0", false, true, true},
	};
	struct fail_if condition;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_true(fail_if_parse(&condition, cases[i].text));
		assert_int_equal(condition.key_length, strlen("stale"));
		assert_int_equal(fail_if_holds(&condition, 1), cases[i].below);
		assert_int_equal(fail_if_holds(&condition, 2), cases[i].at);
		assert_int_equal(fail_if_holds(&condition, 3), cases[i].above);
	}
}

static void condition_malformed_is_refused(void **state)
{
	static const char *const cases[] = {
		"",	   "stale",    "stale>",   ">0",	"stale=0",   "stale>0x",
		"stale!0", "stale>>0", "sta le>0", "stale>nan", "stale>inf", "stale=>0",
	};
	struct fail_if condition;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++)
		if (fail_if_parse(&condition, cases[i]))
			fail_msg("'%s' was taken", cases[i]);
}

static void condition_that_holds_sets_the_status(void **state)
{
	static const struct fail_if_value table[] = {{"stale", 3}, {"seconds", 0.25}};
	static const char *const none[] = {"stale>3", "seconds<0.2"},
				 *const one[] = {"stale>3", "seconds>0.2"};

	(void)state;
	assert_int_equal(fail_if_status(none, 2, table, 2, 1), 1);
	assert_int_equal(fail_if_status(one, 2, table, 2, 1), EXIT_CONDITION);
	assert_int_equal(fail_if_status(NULL, 0, table, 2, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(condition_of_any_form_compares_its_number),
		cmocka_unit_test(condition_malformed_is_refused),
		cmocka_unit_test(condition_that_holds_sets_the_status),
	};

	return RUN(tests);
}
