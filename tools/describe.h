/*
 * Modules and processes in words and in JSON, the same in every command.
 * Used by the commands; pure but for memory.
 */
#ifndef PYCSHIM_DESCRIBE_H
#define PYCSHIM_DESCRIBE_H

#include "attributes.h"
#include "json.h"
#include "tables.h"

/* Are these of different recordings or nodes, where one pid may be of two processes? */
bool describe_is_elsewhere(const struct process *a, const struct process *b) NONNULL;

/* "812"; where `several` recordings or nodes are told of "812@web-1", "812 of run.rec". */
char *describe_pid(const struct process *process, bool several) MUST_CHECK NONNULL;

/* The arguments as one would type them in a shell.  The caller frees it. */
char *describe_command(const struct process *process) MUST_CHECK NONNULL;

/* The same for a line of a table: the program of a -c may have many lines of its own. */
char *describe_command_line(const struct process *process) MUST_CHECK NONNULL;

/* The tag of a module's pyc, such as cpython-311; NULL: untagged.  The caller frees it. */
char *describe_tag(const struct module *module) MUST_CHECK NONNULL;

/* The same with the optimisation's, cpython-311.opt-1; ".pyc" of an untagged one. */
char *describe_tag_and_level(const struct module *module) MUST_CHECK NONNULL;

/* Why it was compiled: "miss", "stale: mtime", "miss, stale: size"; "" if it was not. */
char *describe_reason(const struct module *module) MUST_CHECK NONNULL;

/* What became of it: "yes", "1 of 4", "EROFS", "not tried"; "" if not compiled. */
char *describe_kept(const struct module *module) MUST_CHECK NONNULL;

/* Did anything happen to it that counts? */
bool describe_is_used(const struct module *module) NONNULL;

/* The object of a module or process, with all its totals. */
void describe_module_json(struct json *json, const struct module *module) NONNULL;
void describe_process_json(struct json *json, const struct process *process) NONNULL;

#endif
