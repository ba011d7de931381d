/*
 * From COMMAND to the program that the kernel loads for it: a script is followed to its
 * interpreter, and that to its own.  Used by launch_check.c and launch_sanitizer.c.
 */
#ifndef PYCSHIM_LAUNCH_FOLLOW_H
#define PYCSHIM_LAUNCH_FOLLOW_H

#include <stdbool.h>
#include <stdio.h>

#include "attributes.h"
#include "launch_program.h"

/*
 * Take *path, which is allocated, to the end of the chain, reporting each link.  True if
 * there is a program, then described; false if the library is lost on the way, and why is
 * in the report.  What cannot be executed ends pycshim.
 */
bool follow_to_program(char **path, struct program *program,
		       FILE *report) MUST_CHECK NONNULL;

/*
 * The same without a report: the path of the program at the end of the chain, which the
 * caller frees; NULL where the chain does not end at one, or the library is lost.
 */
char *follow_quietly(const char *path, struct program *program) MUST_CHECK NONNULL;

#endif
