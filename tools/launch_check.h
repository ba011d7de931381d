/*
 * --check: would the library be active in COMMAND, and if not, why?  Called by main().
 */
#ifndef PYCSHIM_LAUNCH_CHECK_H
#define PYCSHIM_LAUNCH_CHECK_H

#include "attributes.h"
#include "launch_options.h"

/*
 * Follow COMMAND to the program that will be loaded for it, try the library there and
 * print what was found.  Returns 0 if it is active, else 1; a COMMAND that would not
 * even start ends the program with 126 or 127.
 */
int check_command(const struct launch_options *options,
		  const char *library) MUST_CHECK NONNULL;

#endif
