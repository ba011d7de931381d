/*
 * The launcher's command line.  Called by main() once, before anything else.
 */
#ifndef PYCSHIM_LAUNCH_OPTIONS_H
#define PYCSHIM_LAUNCH_OPTIONS_H

#include <stdbool.h>

#include "attributes.h"
#include "launch_variables.h"

enum launch_action {
	LAUNCH_RUN,
	LAUNCH_CHECK,
	LAUNCH_BAKE,
	LAUNCH_PRINT_ENV,
	LAUNCH_PRINT_LIB,
	LAUNCH_HELP,
	LAUNCH_VERSION,
};

struct launch_options {
	enum launch_action action;
	bool summary;
	const char *target; /* of --bake */
	char *sanitizer;    /* to stand before the library in LD_PRELOAD; NULL: none */
	char *value[VARIABLE_COUNT]; /* judged and normalised; NULL: no such option */
	char **command;		     /* and its arguments, NULL-terminated */
};

/* Parse and judge the command line; what is mistaken ends the program with status 64. */
void options_parse(struct launch_options *options, int argc, char **argv) NONNULL;

/* Free the values. */
void options_free(struct launch_options *options) NONNULL;

/* What the library will see: the option, or else the variable, or else NULL. */
const char *options_value(const struct launch_options *options,
			  enum variable_index variable) MUST_CHECK NONNULL;

/* Print the help, made from the table of variables. */
void options_print_help(void);

#endif
