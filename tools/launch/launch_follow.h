/* SPDX-License-Identifier: MIT */
/*
 * Finds the program that the kernel loads for COMMAND: follows a script to its interpreter,
 * which may be a script itself.  Used by launch_check.c and launch_sanitizer.c.
 */
#ifndef PYCSHIM_LAUNCH_FOLLOW_H
#define PYCSHIM_LAUNCH_FOLLOW_H

#include <stdbool.h>
#include <stdio.h>

#include "attributes.h"
#include "launch/launch_program.h"

/*
 * Replace *path, which is allocated, by the end of the chain, and report each link.
 * Returns true and fills *program if that is a program.  Returns false if LD_PRELOAD gets
 * lost on the way, and reports why.  Exits if a link cannot be executed.
 */
bool follow_to_program(char **path, struct program *program,
		       FILE *report) MUST_CHECK NONNULL;

/*
 * The same without a report.  Returns the path of the program, which the caller frees;
 * NULL if the chain does not end at a program or LD_PRELOAD gets lost.
 */
char *follow_quietly(const char *path, struct program *program) MUST_CHECK NONNULL;

#endif
