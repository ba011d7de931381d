/*
 * What was asked of pycstat on its command line.  Filled by pycstat.c, read by the
 * commands.
 */
#ifndef PYCSHIM_OPTIONS_H
#define PYCSHIM_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

struct options {
	bool json;
	bool follow;
	const char *sort;	       /* NULL: by cost */
	size_t top;		       /* 0: all */
	const char *query;	       /* `why`'s operand */
	const char *const *recordings; /* as named; none: the default one */
	size_t recordings_count;
};

/* One command.  Returns the exit status. */
typedef int command_run(const struct options *options);

command_run cmd_summary, cmd_modules, cmd_processes, cmd_events, cmd_why;

#endif
