/*
 * pycstat, the reader: the table of its commands, and its command line.
 * Everything else is in cmd_*.c, one file a command.
 */
#include <errno.h>
#include <getopt.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "options.h"
#include "suggest.h"
#include "usage.h"
#include "util.h"
#include "version.h"

enum {			 /* which options a command knows beside --json and --help */
       KNOWS_ROWS = 1,	 /* --sort, --top */
       KNOWS_FOLLOW = 2, /* --follow */
       KNOWS_QUERY = 4,	 /* its first operand is no recording */
};

static const struct command {
	const char *name;
	command_run *run;
	unsigned knows;
	const char *answers;
} commands[] = {
	{"summary", cmd_summary, 0,
	 "what did the bytecode cache do for this run, what did it cost,\n"
	 "              what should I do about it"},
	{"modules", cmd_modules, KNOWS_ROWS,
	 "which modules were compiled, why, and what each cost"},
	{"processes", cmd_processes, KNOWS_ROWS,
	 "what each process compiled and what that cost, with its command"},
	{"events", cmd_events, KNOWS_FOLLOW, "every event, in the order of recording"},
	{"why", cmd_why, KNOWS_QUERY, "the story of one pyc, in plain words"},
};

enum { OPTION_SORT = 256, OPTION_TOP };

static const struct option long_options[] = {
	{"json", no_argument, NULL, 'j'},
	{"sort", required_argument, NULL, OPTION_SORT},
	{"top", required_argument, NULL, OPTION_TOP},
	{"follow", no_argument, NULL, 'f'},
	{"help", no_argument, NULL, 'h'},
	{"version", no_argument, NULL, 'V'},
	{0},
};

/* What getopt found, before it is known which command it is for. */
struct arguments {
	struct options options;
	const char *misplaced_rows, *misplaced_follow; /* as given; NULL: not given */
	bool help, version;
	bool about; /* "help": of a command, not of a recording */
};

static size_t parse_top(const char *word)
{
	char *end;
	unsigned long value;

	errno = 0;
	value = strtoul(word, &end, 10);
	if (*word < '0' || *word > '9' || *end || errno)
		usage_error("--top %s: not a number", word);
	return value;
}

static void parse_options(int argc, char **argv, struct arguments *arguments)
{
	int option;

	opterr = 0; /* we say it in our own way */
	while ((option = getopt_long(argc, argv, ":jfhV", long_options, NULL)) != -1) {
		switch (option) {
		case 'j':
			arguments->options.json = true;
			break;
		case OPTION_SORT:
			arguments->misplaced_rows = "--sort";
			arguments->options.sort = optarg;
			break;
		case OPTION_TOP:
			arguments->misplaced_rows = "--top";
			arguments->options.top = parse_top(optarg);
			break;
		case 'f':
			arguments->misplaced_follow = "--follow";
			arguments->options.follow = true;
			break;
		case 'h':
			arguments->help = true;
			break;
		case 'V':
			arguments->version = true;
			break;
		default:
			usage_option_error(option, argv, long_options);
		}
	}
}

static const struct command *find_command(const char *word)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(commands); i++)
		if (strcmp(word, commands[i].name) == 0)
			return &commands[i];
	return NULL;
}

/* The command named by the first operand, which is taken; no command is `summary`. */
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
	for (i = 0; i < ARRAY_SIZE(commands); i++)
		suggest_offer(&suggestion, commands[i].name);
	if (suggestion.best)
		usage_error("%s: no such command%s: did you mean '%s'?", **operands, file,
			    suggestion.best);
	usage_error("%s: no such command%s", **operands, file);
}

/* Refuse operands in the wrong order: what is no file here, but would be right there. */
static void check_order(const struct command *command, char **operands)
{
	char **operand;

	for (operand = operands; *operand; operand++)
		if (find_command(*operand) && access(*operand, F_OK) != 0)
			usage_error("%s is a command: it goes first", *operand);
	if (command->knows & KNOWS_QUERY && operands[0] && operands[1] &&
	    strchr(operands[0], '/') && access(operands[0], F_OK) == 0 &&
	    access(operands[1], F_OK) != 0 && !strchr(operands[1], '/'))
		usage_error(
			"%s: the module goes first, then recordings: pycstat %s %s %s",
			command->name, command->name, operands[1], operands[0]);
}

/* "pycstat help [COMMAND]" is --help. */
static void take_help(char ***operands, struct arguments *arguments)
{
	if (!**operands || strcmp(**operands, "help") != 0)
		return;
	arguments->help = arguments->about = true;
	++*operands;
}

/* Refuse options that this command does not know, and take its query. */
static void check_usage(const struct command *command, struct arguments *arguments,
			char ***operands)
{
	const char *misplaced = NULL;

	if (!(command->knows & KNOWS_ROWS))
		misplaced = arguments->misplaced_rows;
	if (!(command->knows & KNOWS_FOLLOW) && arguments->misplaced_follow)
		misplaced = arguments->misplaced_follow;
	if (misplaced)
		usage_error("%s: not an option of '%s'", misplaced, command->name);
	if (!(command->knows & KNOWS_QUERY))
		return;
	arguments->options.query = *(*operands)++;
	if (!arguments->options.query || !*arguments->options.query)
		usage_error("why: which module? Name a path or a module");
}

static void print_answers(const struct command *command)
{
	printf("  %-10s  %s\n", command->name, command->answers);
}

static void print_help(void)
{
	size_t i;

	printf("usage: pycstat [COMMAND] [OPTION...] [RECORDING...]\n\n"
	       "Tells what Python's bytecode cache did, from what libpycshim.so recorded.\n\n"
	       "Commands:\n");
	for (i = 0; i < ARRAY_SIZE(commands); i++)
		print_answers(&commands[i]);
	printf("\nNo command means summary.  No recording means $PYCSHIM_RECORD, else the\n"
	       "default one; several are merged; - is standard input.\n\n"
	       "Options:\n"
	       "  -j, --json     one JSON document (events: one object a line)\n"
	       "      --sort KEY modules, processes: by this total instead of compile_seconds\n"
	       "      --top N    modules, processes: only the first N, 0: all\n"
	       "  -f, --follow   events: go on as they happen\n"
	       "  -h, --help     this text; with a command, that command's\n"
	       "  -V, --version  the version\n\n"
	       "Exit status: 0; 1 a recording missing, unreadable or damaged (what could be\n"
	       "read is still printed); 64 wrong usage.\n");
}

static void print_command_help(const struct command *command)
{
	bool rows = command->knows & KNOWS_ROWS, follow = command->knows & KNOWS_FOLLOW;
	bool query = command->knows & KNOWS_QUERY;

	printf("usage: pycstat %s [OPTION...]%s [RECORDING...]\n\n", command->name,
	       query ? " PATH-or-MODULE" : "");
	print_answers(command);
	printf("\nOptions:\n"
	       "  -j, --json     %s\n",
	       follow ? "one JSON object a line" : "one JSON document");
	if (rows)
		printf("      --sort KEY by a total (lookups, compiled, compile_seconds, ...),\n"
		       "                 %s\n"
		       "      --top N    only the first N, 0: all\n",
		       strcmp(command->name, "modules") == 0 ? "source or pyc"
							     : "pid or start");
	if (follow)
		printf("  -f, --follow   go on as events happen, until interrupted\n\n"
		       "A compile event is the CPU time from a source's reading to the next "
		       "file\noperation: a compile only where its look-up was no hit "
		       "(linecache reads, too).\n");
	if (query)
		printf("\nPATH-or-MODULE is a pyc, a source, the end of either, or a module's\n"
		       "dotted name: /app/shop/models.py, shop/models.py, shop.models\n");
}

/* Output that did not reach its reader is a failure; a reader that went away is not. */
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

	program_name = "pycstat";
	setlocale(LC_CTYPE, "");
	parse_options(argc, argv, &arguments);
	operands = argv + optind;
	if (arguments.version) {
		printf("pycstat %s\n", VERSION_STRING);
		return finish_output(EXIT_SUCCESS);
	}
	take_help(&operands, &arguments);
	if (arguments.help && !*operands) {
		print_help();
		return finish_output(EXIT_SUCCESS);
	}
	command = take_command(&operands, arguments.about);
	if (arguments.help) {
		print_command_help(command);
		return finish_output(EXIT_SUCCESS);
	}
	check_order(command, operands);
	check_usage(command, &arguments, &operands);
	arguments.options.recordings = (const char *const *)operands;
	while (operands[arguments.options.recordings_count])
		arguments.options.recordings_count++;
	return finish_output(command->run(&arguments.options));
}
