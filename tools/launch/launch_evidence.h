/* SPDX-License-Identifier: MIT */
/*
 * Runs a program with the library, but only until the loader or the library's constructor
 * has reported; main() is not reached.  Called by launch_check.c and launch_sanitizer.c.
 */
#ifndef PYCSHIM_LAUNCH_EVIDENCE_H
#define PYCSHIM_LAUNCH_EVIDENCE_H

#include <stdbool.h>

#include "attributes.h"
#include "launch/launch_options.h"

struct evidence {
	char output[4096]; /* standard output and error; a long one is cut off */
	char answer[512];  /* what the library wrote to the descriptor in PYCSHIM_CHECK */
	int status;	   /* as from waitpid() */
	bool timed_out;
};

/*
 * Run `argv` in the environment that the options make.  `assignment` (NAME=VALUE) is a
 * variable by which the loader reports and does not start the program.  If it is NULL, the
 * library's constructor answers and ends the process.  Returns 0 or -errno.
 */
int evidence_run(struct evidence *evidence, const struct launch_options *options,
		 const char *library, char *const *argv,
		 const char *assignment) MUST_CHECK NONNULL_ARGS(1, 2, 3, 4);

#endif
