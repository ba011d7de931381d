/* SPDX-License-Identifier: MIT */
/*
 * Prints pycstat's --help from the table of commands and options.  Called by pycstat.c.
 */
#ifndef PYCSHIM_HELP_H
#define PYCSHIM_HELP_H

#include "attributes.h"
#include "command/commands.h"

/* Print the help of pycstat, or that of one command. */
void help_print(void);
void help_print_command(const struct command *command) NONNULL;

#endif
