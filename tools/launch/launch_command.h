/* SPDX-License-Identifier: MIT */
/*
 * Finds and executes COMMAND, and reports why that failed.  Called by main() and the other
 * launch_*.c, also in a forked child.
 */
#ifndef PYCSHIM_LAUNCH_COMMAND_H
#define PYCSHIM_LAUNCH_COMMAND_H

#include "attributes.h"

/*
 * Look for `name` as execvp(3) does.  Returns 0 and the path in *path, which the caller
 * frees, or -errno: -ENOENT if there is none, another if it cannot be executed.
 */
int command_find(const char *name, char **path) MUST_CHECK NONNULL;

/* Return the path; exits with a message and 126 or 127 if that fails. */
char *command_find_or_die(const char *name) MUST_CHECK NONNULL;

/* Execute `path`; exits with a message and 126 if that fails. */
void command_exec(const char *path, char **argv) NORETURN NONNULL;

#endif
