/* SPDX-License-Identifier: MIT */
/*
 * Arguments of a Python: is -B among its own options, does it ignore the environment, and which
 * module does it run?
 */
#include "check.h"

#include <string.h>

#include "attributes.h"
#include "store/command_line.h"

/* Arguments, with a NUL behind each; the compiler adds that of the last one. */
#define ARGUMENTS(text) text, sizeof(text)

static const struct {
	const char *arguments;
	size_t bytes;
	bool found, ignores;
	const char *module; /* NULL: none */
} cases[] = {
	{"", 0, false, false, NULL},
	{ARGUMENTS("python"), false, false, NULL},
	{ARGUMENTS("-B"), false, false, NULL}, /* the program's own name */
	{ARGUMENTS("python\0-B"), true, false, NULL},
	{ARGUMENTS("python\0-B\0m.py"), true, false, NULL},
	{ARGUMENTS("python\0-uB\0m.py"), true, false, NULL},
	{ARGUMENTS("python\0-I\0-B\0-S\0m.py"), true, true, NULL},
	{ARGUMENTS("python\0-ISB\0-c\0pass"), true, true, NULL},
	{ARGUMENTS("python\0-BcE"), true, false, NULL}, /* "E" is a program */
	{ARGUMENTS("python\0-E\0m.py"), false, true, NULL},
	{ARGUMENTS("python\0-I\0m.py"), false, true, NULL},
	{ARGUMENTS("python\0m.py\0-B\0-E"), false, false, NULL},
	{ARGUMENTS("python\0-\0-B"), false, false, NULL},
	{ARGUMENTS("python\0--\0-B"), false, false, NULL},
	{ARGUMENTS("python\0-cB\0-B"), false, false, NULL},
	{ARGUMENTS("python\0-c\0-B"), false, false, NULL},
	{ARGUMENTS("python\0-mB\0-B"), false, false, "B"},
	{ARGUMENTS("python\0-m\0compileall\0-q"), false, false, "compileall"},
	{ARGUMENTS("python\0-BIm\0compileall"), true, true, "compileall"},
	{ARGUMENTS("python\0-W\0-m\0compileall"), false, false, NULL},
	{ARGUMENTS("python\0m.py\0-m\0compileall"), false, false, NULL},
	{ARGUMENTS("python\0-m"), false, false, NULL},
	{ARGUMENTS("python\0-m\0-B"), false, false, "-B"},
	{ARGUMENTS("python\0-W\0-B\0m.py"), false, false, NULL},
	{ARGUMENTS("python\0-W\0ignore\0-B"), true, false, NULL},
	{ARGUMENTS("python\0-WB\0m.py"), false, false, NULL},
	{ARGUMENTS("python\0-X\0-B\0m.py"), false, false, NULL},
	{ARGUMENTS("python\0-Xdev\0-B"), true, false, NULL},
	{ARGUMENTS("python\0-OX\0dev\0-B"), true, false, NULL},
	{ARGUMENTS("python\0--check-hash-based-pycs\0-B\0m.py"), false, false, NULL},
	{ARGUMENTS("python\0--check-hash-based-pycs\0never\0-B"), true, false, NULL},
	{ARGUMENTS("python\0--check-hash-based-pycs"), false, false, NULL},
	{ARGUMENTS("python\0-W"), false, false, NULL},
	{ARGUMENTS("python\0\0-B"), false, false, NULL}, /* an empty name of a program */
};

static void option_is_found_where_python_sees_it(void **state)
{
	struct command_line line;
	const char *module;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		command_line_read(&line, cases[i].arguments, cases[i].bytes);
		module = cases[i].module ? cases[i].module : "";
		if (line.dont_write != cases[i].found ||
		    line.ignores_environment != cases[i].ignores ||
		    strcmp(line.module, module) != 0)
			fail_msg("case %zu (%s, %s): %d, %d, %s", i, cases[i].arguments,
				 cases[i].arguments + (cases[i].bytes > 7 ? 7 : 0),
				 line.dont_write, line.ignores_environment, line.module);
	}
}

static void option_without_columns_is_found(void **state)
{
	static const struct {
		const char *arguments;
		size_t bytes;
		bool found;
	} options[] = {
		{ARGUMENTS("python\0-X\0no_debug_ranges\0m.py"), true},
		{ARGUMENTS("python\0-Xno_debug_ranges"), true},
		{ARGUMENTS("python\0-X\0dev\0-OX\0no_debug_ranges"), true},
		{ARGUMENTS("python\0-Xno_debug_ranges\0-Xdev"), true},
		{ARGUMENTS("python\0-X\0no_debug_range"), false},
		{ARGUMENTS("python\0-W\0no_debug_ranges"), false},
		{ARGUMENTS("python\0m.py\0-Xno_debug_ranges"), false},
		{ARGUMENTS("python\0-X"), false},
	};
	struct command_line line;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(options); i++) {
		command_line_read(&line, options[i].arguments, options[i].bytes);
		if (line.drops_columns != options[i].found)
			fail_msg("case %zu: %d", i, line.drops_columns);
	}
}

/* /proc/self/cmdline may be longer than what is read of it, so the last one has no end. */
static void argument_that_is_cut_is_not_read(void **state)
{
	static const char arguments[] = {'p', '\0', '-', 'B', 'E'};
	static const char module[] = {'p', '\0', '-', 'm', '\0', 'c'};
	struct command_line line;

	(void)state;
	command_line_read(&line, arguments, sizeof(arguments));
	assert_false(line.dont_write);
	command_line_read(&line, arguments, 3);
	assert_false(line.dont_write);
	command_line_read(&line, arguments, 1);
	assert_false(line.dont_write);
	command_line_read(&line, module, sizeof(module));
	assert_string_equal(line.module, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(option_is_found_where_python_sees_it),
		cmocka_unit_test(option_without_columns_is_found),
		cmocka_unit_test(argument_that_is_cut_is_not_read),
	};

	return RUN(tests);
}
