/* SPDX-License-Identifier: MIT */
/*
 * Parses the launcher's command line.  Called once by main(), before all else.
 */
#ifndef PYCSHIM_LAUNCH_OPTIONS_H
#define PYCSHIM_LAUNCH_OPTIONS_H

#include <stdbool.h>

#include "attributes.h"
#include "launch/launch_variables.h"

enum launch_action {
	LAUNCH_RUN,
	LAUNCH_CHECK,
	LAUNCH_BAKE,
	LAUNCH_COPY,
	LAUNCH_PRINT_ENV,
	LAUNCH_PRINT_LIB,
	LAUNCH_HELP,
	LAUNCH_VERSION,
};

struct launch_options {
	enum launch_action action;
	bool summary;
	const char *target; /* the argument of --bake and --copy-to */
	char *sanitizer;    /* goes before the library in LD_PRELOAD; NULL: none */
	char *value[VARIABLE_COUNT]; /* checked and normalised; NULL: option not given */
	char **command;		     /* COMMAND and its arguments, NULL-terminated */
};

/* Parse the command line; exits with a message and status 64 if a word of it is wrong. */
void options_parse(struct launch_options *options, int argc, char **argv) NONNULL;

/* Free what the options own. */
void options_free(struct launch_options *options) NONNULL;

/* The value that the library will see: of the option, or else of the variable, or NULL. */
const char *options_value(const struct launch_options *options,
			  enum variable_index variable) MUST_CHECK NONNULL;

/* Print the help, which is made from the tables of options. */
void options_print_help(void);

#endif
