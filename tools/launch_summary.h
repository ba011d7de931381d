/*
 * --summary: a recording of its own for COMMAND, and pycstat's summary of it at the
 * end.  Called by main().
 */
#ifndef PYCSHIM_LAUNCH_SUMMARY_H
#define PYCSHIM_LAUNCH_SUMMARY_H

#include "attributes.h"
#include "launch_options.h"

/*
 * Run `path` as a child and print the summary.  Returns COMMAND's status, whatever
 * becomes of the summary.
 */
int summary_run(struct launch_options *options, const char *library,
		const char *path) MUST_CHECK NONNULL;

/* Say in a line on standard error what keeps the library out of `path`, if anything. */
void summary_warn(const char *path, const char *library) NONNULL;

#endif
