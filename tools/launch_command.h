/*
 * Finding and executing COMMAND, and saying why that failed.  Called by main(), and in
 * the child where there is one.
 */
#ifndef PYCSHIM_LAUNCH_COMMAND_H
#define PYCSHIM_LAUNCH_COMMAND_H

#include "attributes.h"

/*
 * Look for `name` as execvp(3) does.  Returns 0 and the path to execute, which the
 * caller frees, or -errno (-ENOENT: there is none; other: one that is not executable).
 */
int command_find(const char *name, char **path) MUST_CHECK NONNULL;

/* As command_find(); ends the program with 126 or 127 and a message where that fails. */
char *command_find_or_die(const char *name) MUST_CHECK NONNULL;

/* Become `path`.  Where that fails, end the program with 126 and a message. */
void command_exec(const char *path, char **argv) NORETURN NONNULL;

#endif
