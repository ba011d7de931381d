/* SPDX-License-Identifier: MIT */
/*
 * See help.h.
 */
#include "command/help.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/util.h"
#include "show/terminal.h"

#define HELP_COLUMNS 80
#define COMMAND_AT 14 /* the column where a command's answer begins */
#define OPTION_AT 23  /* ... and where the text of an option begins */

static const struct help_option {
	int letter;
	const char *option, *argument;
	unsigned commands;
	const char *what;
} help_options[] = {
#define OPTION(name, letter, option, argument, commands, what)                           \
	{letter, option, argument, commands, what},
#include "command/options.def"
};

/* What --help of one command says below its options. */
static const char *const notes[COMMANDS] = {
	[COMMAND_events] = "A compile event is the CPU time from a source's reading to "
			   "the next file operation: a compile only where its look-up "
			   "was no hit (linecache reads, too).",
	[COMMAND_why] = "PATH-or-MODULE is a pyc, a source, the end of either, or a "
			"module's dotted name: /app/shop/models.py, shop/models.py, "
			"shop.models",
	[COMMAND_diff] =
		"BEFORE and AFTER are each a recording, a directory of "
		"recordings, or several of these with commas between them: "
		"all starts of a set are taken together, and compared per start.",
};

/* Print words on lines of HELP_COLUMNS; the first line has `used` columns already. */
static void help_wrap(const char *text, size_t indent, size_t used)
{
	struct terminal terminal = {.out = stdout, .columns = HELP_COLUMNS};

	terminal_wrap(&terminal, text, indent, used);
}

static void print_answer(const struct command *command)
{
	printf("  %-*s", COMMAND_AT - 2, command->name);
	help_wrap(command->answers, COMMAND_AT, COMMAND_AT);
}

/* "modules, processes: ", the commands that have this option; "" if all have it. */
static char *list_commands(unsigned bits)
{
	char *list = NULL, *both;
	size_t i;

	if (bits == IN_ALL)
		return xstrdup("");
	for (i = 0; i < COMMANDS; i++)
		if (bits & 1u << i)
			list = enlist(list, commands[i].name);
	both = xasprintf("%s: ", list ? list : "");
	free(list);
	return both;
}

static void print_option(const struct help_option *option, bool names_commands)
{
	char *whose = names_commands ? list_commands(option->commands) : xstrdup(""),
	     *text = xasprintf("%s%s", whose, option->what), letter[] = "   ";
	int used;

	if (option->letter)
		snprintf(letter, sizeof(letter), "-%c,", option->letter);
	used = printf("  %s --%s %s", letter, option->option, option->argument);
	if (used >= OPTION_AT) {
		printf("\n%*s", OPTION_AT, "");
		used = OPTION_AT;
	}
	printf("%*s", OPTION_AT - used, "");
	help_wrap(text, OPTION_AT, OPTION_AT);
	free(whose);
	free(text);
}

void help_print(void)
{
	size_t i;

	printf("usage: pycstat [COMMAND] [OPTION...] [RECORDING...]\n\n"
	       "Tells what Python's bytecode cache did, from what libpycshim.so recorded.\n\n"
	       "Commands:\n");
	for (i = 0; i < COMMANDS; i++)
		print_answer(&commands[i]);
	printf("\nNo command means summary.  No recording means $PYCSHIM_RECORD, else the\n"
	       "default one; several are merged; - is standard input.\n\n"
	       "Options:\n");
	for (i = 0; i < ARRAY_SIZE(help_options); i++)
		print_option(&help_options[i], true);
	printf("\nExit status: 0; 1 a recording missing, unreadable or damaged (what could be\n"
	       "read is still printed); 2 a condition of --fail-if is true; 64 wrong usage.\n");
}

void help_print_command(const struct command *command)
{
	size_t i, index = (size_t)(command - commands);

	printf("usage: pycstat %s [OPTION...] %s\n\n", command->name, command->operands);
	print_answer(command);
	printf("\nOptions:\n");
	for (i = 0; i < ARRAY_SIZE(help_options); i++)
		if (help_options[i].commands & 1u << index)
			print_option(&help_options[i], false);
	if (!notes[index])
		return;
	putchar('\n');
	help_wrap(notes[index], 0, 0);
}
