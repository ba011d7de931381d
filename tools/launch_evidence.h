/*
 * Trying it: run a program with the library so far that the loader, or the library's
 * constructor, can say what happened, and no further.  Called by launch_check.c.
 */
#ifndef PYCSHIM_LAUNCH_EVIDENCE_H
#define PYCSHIM_LAUNCH_EVIDENCE_H

#include <stdbool.h>

#include "attributes.h"
#include "launch_options.h"

struct evidence {
	char output[4096]; /* standard output and error, maybe cut short */
	char answer[512];  /* what came through the descriptor in PYCSHIM_CHECK */
	int status;	   /* as from waitpid */
	bool timed_out;
};

/*
 * Run `argv` in the environment that the options make, with `assignment` (NAME=VALUE)
 * added, which keeps the loader from starting the program.  Where it is NULL, the
 * library is asked: its constructor answers and ends the process before main().
 * Returns 0 or -errno.
 */
int evidence_run(struct evidence *evidence, const struct launch_options *options,
		 const char *library, char *const *argv,
		 const char *assignment) MUST_CHECK NONNULL_ARGS(1, 2, 3, 4);

#endif
