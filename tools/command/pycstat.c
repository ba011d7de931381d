/* SPDX-License-Identifier: MIT */
/*
 * pycstat, the reader: the table of its commands, and its command line.  Each command is in
 * its own cmd_*.c.
 *
 * The folder tools/command/ owns the command line and the order of steps in a command:
 * read, compute, show.  It runs in pycstat, in one thread, and includes show/, answer/,
 * read/, common/ and include/.
 */
#include <errno.h>
#include <getopt.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command/commands.h"
#include "command/help.h"
#include "commit.h"
#include "common/size.h"
#include "common/suggest.h"
#include "common/usage.h"
#include "common/util.h"
#include "show/terminal.h"
#include "version.h"

const struct command commands[COMMANDS] = {
#define COMMAND(name, operands, answers) {#name, cmd_##name, operands, answers},
#include "command/options.def"
};

/* getopt_long() returns the number of a long option, and letters for short ones. */
enum option_index {
	OPTION_FIRST = 256,
	OPTION_BEFORE = OPTION_FIRST - 1,
#define OPTION(name, letter, option, argument, commands, what) OPTION_##name,
#include "command/options.def"
	OPTION_END
};

#define OPTIONS (OPTION_END - OPTION_FIRST)

#define WORKERS_MAX 10000
#define DAYS_MAX 36500 /* a century */

static const struct {
	int letter;
	unsigned commands;
	const char *option, *argument;
} known[OPTIONS] = {
#define OPTION(name, letter, option, argument, commands, what)                           \
	{letter, commands, option, argument},
#include "command/options.def"
};

/* The options as given, before the command is known. */
struct arguments {
	struct options options;
	bool given[OPTIONS];
	bool about; /* "pycstat help": the next operand is a command, not a recording */
};

static bool is_given(const struct arguments *arguments, enum option_index option)
{
	return arguments->given[option - OPTION_FIRST];
}

static size_t parse_number(const char *option, const char *word)
{
	char *end;
	unsigned long value;

	errno = 0;
	value = strtoul(word, &end, 10);
	if (*word < '0' || *word > '9' || *end || errno)
		usage_error("--%s %s: not a number", option, word);
	return value;
}

/* The index of the word among those that the option takes: "always|never|auto". */
static size_t parse_word(const char *option, const char *words, const char *word)
{
	size_t length = strlen(word), index = 0, next;
	const char *at;

	for (at = words; *at; at += next + (at[next] == '|'), index++) {
		next = strcspn(at, "|");
		if (next == length && memcmp(at, word, length) == 0)
			return index;
	}
	usage_error("--%s %s: not one of %s", option, word, words);
}

/* The flag that an option without an argument sets; NULL: it does something else. */
static bool *flag_of(struct options *options, enum option_index option)
{
	switch (option) {
	case OPTION_json:
		return &options->json;
	case OPTION_paths:
		return &options->paths;
	case OPTION_follow:
		return &options->follow;
	case OPTION_dry_run:
		return &options->dry_run;
	case OPTION_remove:
		return &options->remove;
	case OPTION_measure:
		return &options->measure;
	default:
		return NULL;
	}
}

/* Where the argument of an option is kept as it is; NULL: it means something else. */
static const char **text_of(struct options *options, enum option_index option)
{
	switch (option) {
	case OPTION_op:
		return &options->operations;
	case OPTION_module:
		return &options->module;
	case OPTION_since:
		return &options->since;
	case OPTION_python:
		return &options->python;
	default:
		return NULL;
	}
}

/* Options of `store`. */
static void set_store_option(struct options *options, enum option_index option,
			     const char *value)
{
	switch (option) {
	case OPTION_record:
		options->records = xrealloc(options->records,
					    (options->records_count + 1) *
						    sizeof(*options->records));
		options->records[options->records_count++] = value;
		break;
	case OPTION_max:
		options->max_bytes = size_parse(value);
		if (!options->max_bytes || options->max_bytes > INT64_MAX)
			usage_error("--max %s: not a size such as 64M", value);
		break;
	case OPTION_unused_for:
		options->unused_days = parse_number("unused-for", value);
		if (!options->unused_days || options->unused_days > DAYS_MAX)
			usage_error("--unused-for %s: not a number of days", value);
		break;
	case OPTION_sample:
		options->has_sample = true;
		options->sample = parse_number("sample", value);
		break;
	default:
		break;
	}
}

static void set_option(struct arguments *arguments, enum option_index option,
		       const char *value)
{
	struct options *options = &arguments->options;
	size_t index = option - OPTION_FIRST;

	arguments->given[index] = true;
	if (flag_of(options, option)) {
		*flag_of(options, option) = true;
		return;
	}
	if (text_of(options, option)) {
		*text_of(options, option) = value;
		return;
	}
	switch (option) {
	case OPTION_sort:
		options->sort = strcmp(value, "cpu") == 0 ? "compile_seconds" : value;
		break;
	case OPTION_top:
		options->top = parse_number("top", value);
		options->top_given = true;
		break;
	case OPTION_by:
		options->is_grouped = true;
		options->by = (enum option_by)parse_word("by", known[index].argument,
							 value);
		break;
	case OPTION_pid:
		options->pid = (uint32_t)parse_number("pid", value);
		break;
	case OPTION_root:
		options->root = value;
		break;
	case OPTION_workers:
		options->workers = parse_number("workers", value);
		if (!options->workers || options->workers > WORKERS_MAX)
			usage_error("--workers %s: not a number of processes", value);
		break;
	case OPTION_fail_if:
		options->fail_if = xrealloc(options->fail_if,
					    (options->fail_if_count + 1) *
						    sizeof(*options->fail_if));
		options->fail_if[options->fail_if_count++] = value;
		break;
	case OPTION_color:
		terminal_choose_colours((enum terminal_colours)parse_word(
			"color", known[index].argument, value));
		break;
	default:
		set_store_option(options, option, value);
		break;
	}
}

/* In the letters, : reports a missing argument. */
static void make_tables(char *letters, struct option *longs)
{
	size_t i;

	*letters++ = ':';
	for (i = 0; i < OPTIONS; i++) {
		*longs++ = (struct option){
			known[i].option,
			*known[i].argument ? required_argument : no_argument, NULL,
			known[i].letter ? known[i].letter : (int)(OPTION_FIRST + i)};
		if (known[i].letter)
			*letters++ = (char)known[i].letter;
		if (known[i].letter && *known[i].argument)
			*letters++ = ':';
	}
	*longs = (struct option){0};
	*letters = '\0';
}

static void parse_options(int argc, char **argv, struct arguments *arguments)
{
	char letters[2 + 2 * OPTIONS];
	struct option longs[OPTIONS + 1];
	int option;
	size_t i;

	make_tables(letters, longs);
	opterr = 0; /* usage_option_error() prints the messages */
	while ((option = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		for (i = 0; i < OPTIONS; i++)
			if (option == longs[i].val)
				break;
		if (i == OPTIONS)
			usage_option_error(option, argv, longs);
		set_option(arguments, (enum option_index)(OPTION_FIRST + i), optarg);
	}
}

static const struct command *find_command(const char *word)
{
	size_t i;

	for (i = 0; i < COMMANDS; i++)
		if (strcmp(word, commands[i].name) == 0)
			return &commands[i];
	return NULL;
}

/*
 * The command that the first operand names; *operands then points after it.  Without one
 * it is `summary`.  Exits if the operand is neither a command nor like a path.
 */
static const struct command *take_command(char ***operands, bool about)
{
	const struct command *command = **operands ? find_command(**operands) : NULL;
	const char *file = about ? "" : ", and no such recording";
	struct suggestion suggestion;
	size_t i;

	if (command) {
		++*operands;
		return command;
	}
	if (!about && (!**operands || strpbrk(**operands, "/.") ||
		       strcmp(**operands, "-") == 0 || access(**operands, F_OK) == 0))
		return &commands[0];
	suggest_begin(&suggestion, **operands);
	for (i = 0; i < COMMANDS; i++)
		suggest_offer(&suggestion, commands[i].name);
	if (suggestion.best)
		usage_error("%s: no such command%s: did you mean '%s'?", **operands, file,
			    suggestion.best);
	usage_error("%s: no such command%s", **operands, file);
}

/* Refuse operands that are in the wrong order: a command or a module after a recording. */
static void check_order(const struct command *command, char **operands)
{
	char **operand;

	for (operand = operands; *operand; operand++)
		if (find_command(*operand) && access(*operand, F_OK) != 0)
			usage_error("%s is a command: it goes first", *operand);
	if (command->run == cmd_why && operands[0] && operands[1] &&
	    strchr(operands[0], '/') && access(operands[0], F_OK) == 0 &&
	    access(operands[1], F_OK) != 0 && !strchr(operands[1], '/'))
		usage_error(
			"%s: the module goes first, then recordings: pycstat %s %s %s",
			command->name, command->name, operands[1], operands[0]);
}

/* "pycstat help [COMMAND]" means --help. */
static void take_help(char ***operands, struct arguments *arguments)
{
	if (!**operands || strcmp(**operands, "help") != 0)
		return;
	arguments->given[OPTION_help - OPTION_FIRST] = arguments->about = true;
	++*operands;
}

/* Refuse options that the command does not have, and take its query. */
static void check_usage(const struct command *command, struct arguments *arguments,
			char ***operands)
{
	size_t i;

	for (i = 0; i < OPTIONS; i++)
		if (arguments->given[i] &&
		    !(known[i].commands & 1u << (command - commands)))
			usage_error("--%s: not an option of '%s'", known[i].option,
				    command->name);
	if (command->run != cmd_why)
		return;
	arguments->options.query = *(*operands)++;
	if (!arguments->options.query || !*arguments->options.query)
		usage_error("why: which module? Name a path or a module");
}

/* Output that cannot be written is a failure, unless its reader has gone away (EPIPE). */
static int finish_output(int status)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	if (errno == EPIPE)
		return status;
	warn("standard output: cannot write: %s", strerror(errno));
	return EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	struct arguments arguments = {0};
	const struct command *command;
	char **operands;
	int status;

	program_name = "pycstat";
	setlocale(LC_CTYPE, "");
	parse_options(argc, argv, &arguments);
	operands = argv + optind;
	if (is_given(&arguments, OPTION_version)) {
		puts("pycstat " VERSION_STRING " (" COMMIT_STRING ")");
		return finish_output(EXIT_SUCCESS);
	}
	take_help(&operands, &arguments);
	if (is_given(&arguments, OPTION_help) && !*operands) {
		help_print();
		return finish_output(EXIT_SUCCESS);
	}
	command = take_command(&operands, arguments.about);
	if (is_given(&arguments, OPTION_help)) {
		help_print_command(command);
		return finish_output(EXIT_SUCCESS);
	}
	if (command->run != cmd_diff && command->run != cmd_image)
		check_order(command, operands);
	check_usage(command, &arguments, &operands);
	arguments.options.recordings = (const char *const *)operands;
	while (operands[arguments.options.recordings_count])
		arguments.options.recordings_count++;
	status = finish_output(command->run(&arguments.options));
	free(arguments.options.records);
	free(arguments.options.fail_if);
	return status;
}
