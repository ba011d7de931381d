/* SPDX-License-Identifier: MIT */
/*
 * Arguments of a Python: is -B among its own options, and does it ignore the environment?
 */
#include "check.h"

#include "attributes.h"
#include "store/dont_write.h"

/* Arguments, with a NUL behind each; the compiler adds that of the last one. */
#define ARGUMENTS(text) text, sizeof(text)

static const struct {
	const char *arguments;
	size_t bytes;
	bool found, ignores;
} cases[] = {
	{"", 0, false, false},
	{ARGUMENTS("python"), false, false},
	{ARGUMENTS("-B"), false, false}, /* the program's own name */
	{ARGUMENTS("python\0-B"), true, false},
	{ARGUMENTS("python\0-B\0m.py"), true, false},
	{ARGUMENTS("python\0-uB\0m.py"), true, false},
	{ARGUMENTS("python\0-I\0-B\0-S\0m.py"), true, true},
	{ARGUMENTS("python\0-ISB\0-c\0pass"), true, true},
	{ARGUMENTS("python\0-BcE"), true, false}, /* "E" is a program */
	{ARGUMENTS("python\0-E\0m.py"), false, true},
	{ARGUMENTS("python\0-I\0m.py"), false, true},
	{ARGUMENTS("python\0m.py\0-B\0-E"), false, false},
	{ARGUMENTS("python\0-\0-B"), false, false},
	{ARGUMENTS("python\0--\0-B"), false, false},
	{ARGUMENTS("python\0-cB\0-B"), false, false},
	{ARGUMENTS("python\0-c\0-B"), false, false},
	{ARGUMENTS("python\0-mB\0-B"), false, false},
	{ARGUMENTS("python\0-m\0-B"), false, false},
	{ARGUMENTS("python\0-W\0-B\0m.py"), false, false},
	{ARGUMENTS("python\0-W\0ignore\0-B"), true, false},
	{ARGUMENTS("python\0-WB\0m.py"), false, false},
	{ARGUMENTS("python\0-X\0-B\0m.py"), false, false},
	{ARGUMENTS("python\0-Xdev\0-B"), true, false},
	{ARGUMENTS("python\0-OX\0dev\0-B"), true, false},
	{ARGUMENTS("python\0--check-hash-based-pycs\0-B\0m.py"), false, false},
	{ARGUMENTS("python\0--check-hash-based-pycs\0never\0-B"), true, false},
	{ARGUMENTS("python\0--check-hash-based-pycs"), false, false},
	{ARGUMENTS("python\0-W"), false, false},
	{ARGUMENTS("python\0\0-B"), false, false}, /* an empty name of a program */
};

static void option_is_found_where_python_sees_it(void **state)
{
	bool found, ignores;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		found = dont_write_in(cases[i].arguments, cases[i].bytes, &ignores);
		if (found != cases[i].found || ignores != cases[i].ignores)
			fail_msg("case %zu (%s, %s): %d, %d", i, cases[i].arguments,
				 cases[i].arguments + (cases[i].bytes > 7 ? 7 : 0), found,
				 ignores);
	}
}

/* /proc/self/cmdline may be longer than what is read of it, so the last one has no end. */
static void argument_that_is_cut_is_not_read(void **state)
{
	static const char arguments[] = {'p', '\0', '-', 'B', 'E'};
	bool ignores;

	(void)state;
	assert_false(dont_write_in(arguments, sizeof(arguments), &ignores));
	assert_false(dont_write_in(arguments, 3, &ignores));
	assert_false(dont_write_in(arguments, 1, &ignores));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(option_is_found_where_python_sees_it),
		cmocka_unit_test(argument_that_is_cut_is_not_read),
	};

	return RUN(tests);
}
