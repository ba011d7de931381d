/* SPDX-License-Identifier: MIT */
/*
 * Describes modules and processes in words and in JSON, alike in every command.
 * Used by the commands and the other files here.  Pure, except that it allocates.
 */
#ifndef PYCSHIM_DESCRIBE_H
#define PYCSHIM_DESCRIBE_H

#include "attributes.h"
#include "common/json.h"
#include "read/tables.h"

/*
 * "812"; if there are several recordings or nodes, "812@web-1" or "812 of run.rec".  The
 * caller frees it, and the other texts of this file.
 */
char *describe_pid(const struct process *process, bool several) MUST_CHECK NONNULL;

/* The command with its arguments, as typed in a shell. */
char *describe_command(const struct process *process) MUST_CHECK NONNULL;

/* The same on one line: the program of -c may have many lines. */
char *describe_command_line(const struct process *process) MUST_CHECK NONNULL;

/* The tag of a module's pyc, such as cpython-311; NULL: untagged. */
char *describe_tag(const struct module *module) MUST_CHECK NONNULL;

/* The same with the optimisation level: cpython-311.opt-1; ".pyc" if untagged. */
char *describe_tag_and_level(const struct module *module) MUST_CHECK NONNULL;

/* Why it was compiled: "miss", "stale: mtime", "miss, stale: size"; "" if it was not. */
char *describe_reason(const struct module *module) MUST_CHECK NONNULL;

/* Whether its pyc was kept: "yes", "1 of 4", "EROFS", "not tried"; "" if not compiled. */
char *describe_kept(const struct module *module) MUST_CHECK NONNULL;

/* Is any of its totals not 0? */
bool describe_is_used(const struct module *module) NONNULL;

/* Write the object of a module or process, with all its totals. */
void describe_module_json(struct json *json, const struct module *module) NONNULL;
void describe_process_json(struct json *json, const struct process *process) NONNULL;

#endif
