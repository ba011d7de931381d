/* SPDX-License-Identifier: MIT */
/*
 * See launch_options.h.
 */
#include "launch/launch_options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/usage.h"
#include "common/util.h"

/* getopt_long() returns letters for short options and these numbers for long ones. */
enum { OPTION_ACTION = 256, OPTION_VARIABLE = 512 };

static const struct {
	const char *option;
	int letter;
	const char *argument; /* "": none */
	enum launch_action action;
	const char *what;
} actions[] = {
#define ACTION(option, letter, argument, action, what)                                   \
	{option, letter, argument, action, what},
#include "launch/actions.def"
#undef ACTION
};

#define SUMMARY_WHAT "stay as the parent, record afresh, print the summary"

/* Two more: --summary, and the entry that ends the table. */
#define LONG_COUNT (VARIABLE_COUNT + ARRAY_SIZE(actions) + 2)

static char *append_letter(char *at, int letter, bool has_argument)
{
	if (letter)
		*at++ = (char)letter;
	if (letter && has_argument)
		*at++ = ':';
	return at;
}

/* Does the option take an argument, in the words of getopt_long()? */
static int argument_kind(const char *argument)
{
	return *argument ? required_argument : no_argument;
}

/* In the letters, + ends the options at COMMAND, and : reports a missing argument. */
static void make_tables(char *letters, struct option *longs)
{
	char *at = stpcpy(letters, "+:s");
	size_t i;

	for (i = 0; i < VARIABLE_COUNT; i++) {
		at = append_letter(at, variables[i].letter, *variables[i].argument);
		*longs++ = (struct option){variables[i].option,
					   argument_kind(variables[i].argument), NULL,
					   OPTION_VARIABLE + (int)i};
	}
	for (i = 0; i < ARRAY_SIZE(actions); i++) {
		at = append_letter(at, actions[i].letter, *actions[i].argument);
		*longs++ = (struct option){actions[i].option,
					   argument_kind(actions[i].argument), NULL,
					   OPTION_ACTION + (int)i};
	}
	*longs++ = (struct option){"summary", no_argument, NULL, 's'};
	*longs = (struct option){0};
	*at = '\0';
}

/* The number of the long option that a letter stands for; other values do not change. */
static int long_option(int option)
{
	size_t i;

	for (i = 0; i < VARIABLE_COUNT; i++)
		if (option == variables[i].letter)
			return OPTION_VARIABLE + (int)i;
	for (i = 0; i < ARRAY_SIZE(actions); i++)
		if (option == actions[i].letter)
			return OPTION_ACTION + (int)i;
	return option;
}

static void set_variable(struct launch_options *options, enum variable_index i,
			 const char *value)
{
	char *normal = value_normalise(i, value);
	const char *problem = value_problem(i, normal);

	if (problem)
		usage_error("--%s '%s': %s", variables[i].option, value, problem);
	free(options->value[i]);
	options->value[i] = normal;
}

static void set_action(struct launch_options *options, int i)
{
	options->action = actions[i].action;
	if (options->action == LAUNCH_BAKE || options->action == LAUNCH_COPY)
		options->target = optarg;
}

static void take_options(struct launch_options *options, int argc, char **argv)
{
	/* three characters, and at most two for each option */
	char letters[3 + 2 * (VARIABLE_COUNT + ARRAY_SIZE(actions)) + 1];
	struct option longs[LONG_COUNT];
	int option;

	make_tables(letters, longs);
	opterr = 0;
	while ((option = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		option = long_option(option);
		if (option == 's')
			options->summary = true;
		else if (option >= OPTION_VARIABLE)
			set_variable(options, option - OPTION_VARIABLE,
				     optarg ? optarg : "1");
		else if (option >= OPTION_ACTION &&
			 option < OPTION_ACTION + (int)ARRAY_SIZE(actions))
			set_action(options, option - OPTION_ACTION);
		else
			usage_option_error(option, argv, longs);
		if (options->action == LAUNCH_HELP || options->action == LAUNCH_VERSION)
			return;
	}
}

void options_parse(struct launch_options *options, int argc, char **argv)
{
	*options = (struct launch_options){.action = LAUNCH_RUN};
	take_options(options, argc, argv);
	options->command = argv + (optind < argc ? optind : argc);
}

void options_free(struct launch_options *options)
{
	size_t i;

	for (i = 0; i < VARIABLE_COUNT; i++)
		free(options->value[i]);
	free(options->sanitizer);
}

const char *options_value(const struct launch_options *options,
			  enum variable_index variable)
{
	const char *value = options->value[variable];

	return value ? value : getenv(variables[variable].name);
}

static void print_option(int letter, const char *option, const char *argument,
			 const char *what)
{
	char name[64];

	snprintf(name, sizeof(name), "--%s %s", option, argument);
	if (letter)
		printf("  -%c, %-21s %s\n", letter, name, what);
	else
		printf("      %-21s %s\n", name, what);
}

void options_print_help(void)
{
	size_t i;

	puts("usage: pycshim [OPTION...] [--] COMMAND [ARG...]\n"
	     "\n"
	     "Run COMMAND with libpycshim.so, which traces, redirects or denies what Python\n"
	     "does to its bytecode cache.\n"
	     "\n"
	     "Options, each with the variable it sets:");
	for (i = 0; i < VARIABLE_COUNT; i++) {
		print_option(variables[i].letter, variables[i].option,
			     variables[i].argument, variables[i].what);
		printf("%28s%s, default: %s\n", "", variables[i].name,
		       *variables[i].fallback ? variables[i].fallback : "none");
	}
	puts("\nand:");
	print_option('s', "summary", "", SUMMARY_WHAT);
	for (i = 0; i < ARRAY_SIZE(actions); i++)
		print_option(actions[i].letter, actions[i].option, actions[i].argument,
			     actions[i].what);
	puts("\n"
	     "STATE is the first of $XDG_RUNTIME_DIR/pycshim, /dev/shm/pycshim-UID and\n"
	     "/tmp/pycshim-UID that can be used.\n"
	     "\n"
	     "Exit status: COMMAND's own; 125 pycshim failed, 126 COMMAND cannot be executed,\n"
	     "127 it was not found, 64 wrong usage.  --check: 0 active, 1 not active.\n"
	     "--bake, --copy-to: 0, or 125 where something could not be copied.");
}
