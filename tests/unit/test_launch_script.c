/* SPDX-License-Identifier: MIT */
/*
 * The first lines of scripts, as the kernel and env(1) read them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "launch/launch_script.h"

/* Without the terminating NUL, in memory of just that size, so that ASan sees more. */
static int parse(const char *bytes, size_t length, struct script *script)
{
	char *exact = malloc(length ? length : 1);
	int result;

	memcpy(exact, bytes, length);
	result = script_parse(exact, length, script);
	free(exact);
	return result;
}

static void script_line_gives_interpreter_and_argument(void **state)
{
	static const struct {
		const char *bytes, *interpreter, *argument;
	} cases[] = {
		{"#!/bin/sh\n", "/bin/sh", ""},
		{"#!/bin/sh", "/bin/sh", ""},
		{"#!/bin/sh\r\n", "/bin/sh\r", ""},
		{"#! \t/bin/sh \t\nmore", "/bin/sh", ""},
		{"#!/bin/sh -e -x\n", "/bin/sh", "-e -x"},
		{"#!/bin/sh \t -e  x \n", "/bin/sh", "-e  x"},
		{"#!python3\n", "python3", ""},
	};
	struct script script;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(parse(cases[i].bytes, strlen(cases[i].bytes), &script),
				 0);
		assert_string_equal(script.interpreter, cases[i].interpreter);
		assert_string_equal(script.argument, cases[i].argument);
	}
	assert_int_equal(parse("#!/bin/sh\0 -e\n", 14, &script), 0);
	assert_string_equal(script.argument, "");
}

static void script_line_that_is_none_is_refused(void **state)
{
	static const char *const bad[] = {"",
					  "#",
					  "!",
					  "#!",
					  "#!\n",
					  "#! \t\n/bin/sh\n",
					  " #!/bin/sh\n",
					  "//bin/sh\n",
					  "\177ELF"};
	struct script script;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_not_equal(parse(bad[i], strlen(bad[i]), &script), 0);
}

static void script_line_of_any_length_stays_in_bounds(void **state)
{
	char line[2 * SCRIPT_LINE_MAX];
	struct script script;
	size_t length;
	int result;

	(void)state;
	memset(line, 'x', sizeof(line));
	line[0] = '#';
	line[1] = '!';
	line[2] = '/';
	for (length = 3; length < sizeof(line); length++) {
		result = parse(line, length, &script);
		/* a longer line may continue: the kernel does not guess */
		assert_int_equal(result == 0, length < SCRIPT_LINE_MAX);
	}
	line[10] = ' '; /* now only the argument is cut */
	assert_int_equal(parse(line, sizeof(line), &script), 0);
	assert_int_equal(strlen(script.argument), SCRIPT_LINE_MAX - 1 - 11);
	line[10] = 'x';
	line[SCRIPT_LINE_MAX - 1] = '\n';
	assert_int_equal(parse(line, sizeof(line), &script), 0);
	assert_int_equal(strlen(script.interpreter), SCRIPT_LINE_MAX - 3);
}

/* What ends the name may be the last byte that the kernel reads, or blanks up to there. */
static void script_interpreter_that_ends_in_the_last_byte_is_taken(void **state)
{
	static const char ends[] = {' ', '\t', '\n', '\0'};
	char line[SCRIPT_LINE_MAX + 20];
	struct script script;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(ends); i++) {
		memset(line, 'x', sizeof(line));
		memcpy(line, "#!", 2);
		line[SCRIPT_LINE_MAX - 1] = ends[i];
		assert_int_equal(parse(line, sizeof(line), &script), 0);
		assert_int_equal(strlen(script.interpreter), SCRIPT_LINE_MAX - 3);
		assert_string_equal(script.argument, "");
	}
	memset(line, ' ', sizeof(line));
	memcpy(line, "#!/bin/sh", 9);
	assert_int_equal(parse(line, sizeof(line), &script), 0);
	assert_string_equal(script.interpreter, "/bin/sh");
	assert_string_equal(script.argument, "");
	memset(line + 2, ' ', 7);
	assert_int_not_equal(parse(line, sizeof(line), &script), 0);
}

static void script_env_argument_gives_the_command(void **state)
{
	static const struct {
		const char *argument, *command;
		bool drops_preload;
	} cases[] = {
		{"python3", "python3", false},
		{"python3 -u", "python3 -u", false}, /* as env would look for it */
		{"", "", false},
		{"-S", "", false},
		{"-S python3 -u", "python3", false},
		{"-Spython3", "python3", false},
		{"-vS python3", "python3", false},
		{"--split-string=python3 -X dev", "python3", false},
		{"-S A=1 B= python3", "python3", false},
		{"-S -u HOME python3", "python3", false},
		{"-S -C /tmp python3", "python3", false},
		{"-S \"python3\" -u", "python3", false},
		{"-S -i python3", "python3", true},
		{"-S - python3", "python3", true},
		{"-S --ignore-environment python3", "python3", true},
		{"-S -u LD_PRELOAD python3", "python3", true},
		{"-S -uLD_PRELOAD python3", "python3", true},
		{"-S --unset LD_PRELOAD python3", "python3", true},
		{"-S LD_PRELOAD=x.so python3", "python3", true},
		{"-S -u", "", false},
		{"-i", "", false},
		{"A=1", "", false},
	};
	struct script_env env;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		script_parse_env(cases[i].argument, &env);
		assert_string_equal(env.command, cases[i].command);
		assert_int_equal(env.drops_preload, cases[i].drops_preload);
	}
}

static void script_text_is_told_from_binary(void **state)
{
	(void)state;
	assert_true(script_is_text("", 0));
	assert_true(script_is_text("echo\n\0", 6));
	assert_false(script_is_text("ec\0ho\n", 6));
	assert_false(script_is_text("\0", 1));
}

static void script_interpreter_names_are_known(void **state)
{
	(void)state;
	assert_true(script_is_shell("/bin/sh"));
	assert_true(script_is_shell("bash"));
	assert_false(script_is_shell("/bin/sh/python"));
	assert_false(script_is_shell("/usr/bin/shfmt"));
	assert_true(script_is_env("/usr/bin/env"));
	assert_true(script_is_env("env"));
	assert_false(script_is_env("/usr/bin/printenv"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(script_line_gives_interpreter_and_argument),
		cmocka_unit_test(script_line_that_is_none_is_refused),
		cmocka_unit_test(script_line_of_any_length_stays_in_bounds),
		cmocka_unit_test(script_interpreter_that_ends_in_the_last_byte_is_taken),
		cmocka_unit_test(script_env_argument_gives_the_command),
		cmocka_unit_test(script_text_is_told_from_binary),
		cmocka_unit_test(script_interpreter_names_are_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
