/* SPDX-License-Identifier: MIT */
/*
 * tools/show/describe.c: descriptions of processes.
 */
#include "check.h"

#include <stdlib.h>

#include "attributes.h"
#include "show/describe.h"

static void command_without_what_a_title_left_is_told(void **state)
{
	static const struct {
		const char *command;
		size_t bytes;
		const char *text;
	} cases[] = {
#define CASE(command, text) {command, sizeof(command), text}
		CASE("python3\0-m\0shop", "python3 -m shop"),
		CASE("python3\0-c\0", "python3 -c ''"),
		CASE("python3\0\0-x", "python3 '' -x"),
		CASE("python3\0a b\0", "python3 'a b' ''"),
		/* setproctitle() over a longer command line */
		CASE("gunicorn: worker [shop]\0\0\0\0\0\0", "'gunicorn: worker [shop]'"),
		CASE("gunicorn: worker [shop]\0", "'gunicorn: worker [shop]'"),
		CASE("nginx\0\0\0", "nginx"),
		CASE("\0\0\0", "''"),
#undef CASE
		{"", 0, ""},
	};
	struct process process = {.known = true};
	char *text;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		process.command = (char *)(uintptr_t)cases[i].command;
		process.command_bytes = cases[i].bytes;
		text = describe_command(&process);
		assert_string_equal(text, cases[i].text);
		free(text);
	}
}

static void pid_of_several_nodes_names_the_node(void **state)
{
	struct process process = {.known = true, .pid = 12};
	static char node[] = "web-1";
	char *text = describe_pid(&process, false);

	(void)state;
	assert_string_equal(text, "12");
	free(text);
	process.recording = "run.rec";
	text = describe_pid(&process, true);
	assert_string_equal(text, "12 of run.rec");
	free(text);
	process.node = node;
	text = describe_pid(&process, true);
	assert_string_equal(text, "12@web-1");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(command_without_what_a_title_left_is_told),
		cmocka_unit_test(pid_of_several_nodes_names_the_node),
	};

	return RUN(tests);
}
