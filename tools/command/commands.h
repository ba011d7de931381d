/* SPDX-License-Identifier: MIT */
/*
 * The commands of pycstat, each in its own cmd_*.c.  Called by the table in pycstat.c.
 */
#ifndef PYCSHIM_COMMANDS_H
#define PYCSHIM_COMMANDS_H

#include <stddef.h>

#include "common/options.h"

/* One command.  Returns the exit status. */
typedef int command_run(const struct options *options);

enum command_index {
#define COMMAND(name, operands, answers) COMMAND_##name,
#include "command/options.def"
	COMMANDS
};

/* A bit for each command, for the options that it has. */
enum {
#define COMMAND(name, operands, answers) IN_##name = 1 << COMMAND_##name,
#include "command/options.def"
	IN_ALL = (1 << COMMANDS) - 1
};

#define COMMAND(name, operands, answers) command_run cmd_##name;
#include "command/options.def"

struct command {
	const char *name;
	command_run *run;
	const char *operands, *answers;
};

extern const struct command commands[COMMANDS];

#endif
