/* SPDX-License-Identifier: MIT */
/*
 * --summary: runs COMMAND with a fresh recording and prints pycstat's summary of it at the
 * end.  Called by main().
 */
#ifndef PYCSHIM_LAUNCH_SUMMARY_H
#define PYCSHIM_LAUNCH_SUMMARY_H

#include "attributes.h"
#include "launch/launch_options.h"

/*
 * Run `path` as a child and print the summary.  Returns COMMAND's exit status, even if the
 * summary fails.
 */
int summary_run(struct launch_options *options, const char *library,
		const char *path) MUST_CHECK NONNULL;

/* Warn on standard error if the library cannot be active in the program at `path`. */
void summary_warn(const char *path, const char *library) NONNULL;

#endif
