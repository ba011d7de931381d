/*
 * See launch_options.h.  Runs in the launcher only.
 */
#include "launch_options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "setting.h"
#include "usage.h"
#include "util.h"

/* What getopt_long returns: letters for short options, numbers beyond them for long. */
enum { OPTION_ACTION = 256, OPTION_VARIABLE = 512 };

static const struct {
	const char *option;
	int letter;
	const char *argument; /* "": none */
	enum launch_action action;
	const char *what;
} actions[] = {
	{"check", 0, "", LAUNCH_CHECK,
	 "say if the library is active in COMMAND, or why not"},
	{"bake", 0, "TARGET", LAUNCH_BAKE,
	 "copy the shadow's pycs into an image's root, or /"},
	{"print-env", 0, "", LAUNCH_PRINT_ENV,
	 "print the assignments that these options make"},
	{"print-lib", 0, "", LAUNCH_PRINT_LIB, "print the path of the library"},
	{"help", 'h', "", LAUNCH_HELP, "print this help"},
	{"version", 'V', "", LAUNCH_VERSION, "print the version"},
};

#define SUMMARY_WHAT "stay as the parent, record afresh, print the summary"

/* One more for summary and one for the end. */
#define LONG_COUNT (VARIABLE_COUNT + ARRAY_SIZE(actions) + 2)

static char *append_letter(char *at, int letter, bool has_argument)
{
	if (letter)
		*at++ = (char)letter;
	if (letter && has_argument)
		*at++ = ':';
	return at;
}

/* As getopt_long has it. */
static int kind(const char *argument)
{
	return *argument ? required_argument : no_argument;
}

/* Options end at COMMAND (+), and a missing argument is told apart (:). */
static void make_tables(char *letters, struct option *longs)
{
	char *at = stpcpy(letters, "+:s");
	size_t i;

	for (i = 0; i < VARIABLE_COUNT; i++) {
		at = append_letter(at, variables[i].letter, *variables[i].argument);
		*longs++ = (struct option){variables[i].option,
					   kind(variables[i].argument), NULL,
					   OPTION_VARIABLE + (int)i};
	}
	for (i = 0; i < ARRAY_SIZE(actions); i++) {
		at = append_letter(at, actions[i].letter, *actions[i].argument);
		*longs++ = (struct option){actions[i].option, kind(actions[i].argument),
					   NULL, OPTION_ACTION + (int)i};
	}
	*longs++ = (struct option){"summary", no_argument, NULL, 's'};
	*longs = (struct option){0};
	*at = '\0';
}

/* A short option as its long one. */
static int lengthen(int option)
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
	if (options->action == LAUNCH_BAKE)
		options->target = optarg;
}

static void take_options(struct launch_options *options, int argc, char **argv)
{
	/* three characters before the letters, at most two each */
	char letters[3 + 2 * (VARIABLE_COUNT + ARRAY_SIZE(actions)) + 1];
	struct option longs[LONG_COUNT];
	int option;

	make_tables(letters, longs);
	opterr = 0;
	while ((option = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		option = lengthen(option);
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

static bool is_same_path(const char *one, const char *other)
{
	size_t length = strlen(one), other_length = strlen(other);

	while (length > 1 && one[length - 1] == '/')
		length--;
	while (other_length > 1 && other[other_length - 1] == '/')
		other_length--;
	return length == other_length && memcmp(one, other, length) == 0;
}

/* A root means that somebody thinks of redirect. */
static void judge_root(const struct launch_options *options)
{
	const char *mode = options_value(options, VARIABLE_mode);

	if (options->value[VARIABLE_root] && (!mode || strcmp(mode, "redirect") != 0))
		warn("--root has no effect in mode %s (-m redirect?)",
		     !mode		    ? "trace"
		     : setting_is_off(mode) ? "off"
					    : mode);
}

/* Many images set this variable, and redirect would then keep nothing. */
static void judge_dont_write(const struct launch_options *options)
{
	const char *mode = options_value(options, VARIABLE_mode);
	const char *write = options_value(options, VARIABLE_write);
	const char *dont_write = getenv("PYTHONDONTWRITEBYTECODE");

	if (mode && strcmp(mode, "redirect") == 0 && dont_write && *dont_write &&
	    !(write && setting_is_on(write)))
		warn("PYTHONDONTWRITEBYTECODE is set: Python will write no pycs that "
		     "redirect could keep (-w removes it)");
}

/* Values that are right alone and wrong together. */
static void judge_values(const struct launch_options *options)
{
	const char *root = options_value(options, VARIABLE_root);
	const char *record = options_value(options, VARIABLE_record);
	const char *given;
	size_t i;

	/* what comes from the environment alone is the library's to judge */
	if (root && record && is_same_path(root, record) &&
	    (options->value[VARIABLE_root] || options->value[VARIABLE_record]))
		usage_error("root and recording are the same path: %s", root);
	for (i = 0; i < VARIABLE_COUNT; i++) {
		given = options->value[i] ? getenv(variables[i].name) : NULL;
		if (given && strcmp(given, options->value[i]) != 0)
			warn("--%s %s goes before %s=%s", variables[i].option,
			     options->value[i], variables[i].name, given);
	}
}

/* Not for --print-env: it may be meant for another machine. */
static void judge_files(const struct launch_options *options)
{
	const char *problem;
	size_t i;

	for (i = 0; i < VARIABLE_COUNT; i++) {
		problem = options->value[i] ? value_file_problem(i, options->value[i])
					    : NULL;
		if (problem)
			usage_error("--%s '%s': %s", variables[i].option,
				    options->value[i], problem);
	}
}

static void judge_summary(const struct launch_options *options)
{
	const char *mode = options_value(options, VARIABLE_mode);
	const char *record = options->value[VARIABLE_record];

	if (options->action != LAUNCH_RUN)
		usage_error("--summary goes with a COMMAND that is run");
	if (mode && setting_is_off(mode))
		usage_error("--summary has nothing to tell: the mode is off");
	if (record && setting_record_is_off(record))
		usage_error("--summary has nothing to tell: recording is off");
}

void options_parse(struct launch_options *options, int argc, char **argv)
{
	*options = (struct launch_options){.action = LAUNCH_RUN};
	take_options(options, argc, argv);
	options->command = argv + (optind < argc ? optind : argc);
	if (options->action == LAUNCH_HELP || options->action == LAUNCH_VERSION)
		return;
	judge_values(options);
	if (options->summary)
		judge_summary(options);
	if (options->action == LAUNCH_PRINT_ENV || options->action == LAUNCH_PRINT_LIB ||
	    options->action == LAUNCH_BAKE) {
		if (*options->command)
			usage_error(
				"--print-env, --print-lib and --bake take no COMMAND: '%s'",
				*options->command);
	} else if (!*options->command) {
		usage_error("no COMMAND, as in pycshim %s",
			    options->action == LAUNCH_CHECK ? "--check python3"
							    : "python3 app.py");
	} else {
		judge_files(options);
		judge_root(options);
		judge_dont_write(options);
	}
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
	     "--bake: 0, or 125 where something could not be copied.");
}
