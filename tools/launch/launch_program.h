/* SPDX-License-Identifier: MIT */
/*
 * Finds out what kind of program a file is, from its first bytes and its inode.  Executes
 * nothing.
 *
 * Used by launch_command.c, launch_follow.c, launch_check.c, launch_sanitizer.c and
 * launch_summary.c.
 */
#ifndef PYCSHIM_LAUNCH_PROGRAM_H
#define PYCSHIM_LAUNCH_PROGRAM_H

#include <stdbool.h>

#include "attributes.h"
#include "launch/launch_elf.h"
#include "launch/launch_script.h"

enum program_kind {
	PROGRAM_ELF,
	PROGRAM_BROKEN_ELF, /* truncated or crafted */
	PROGRAM_SCRIPT,	    /* begins with #! */
	PROGRAM_TEXT,	    /* a script without #!, or any other text */
	PROGRAM_UNKNOWN,
};

struct program {
	enum program_kind kind;
	struct elf elf;
	struct script script;
	bool changes_ids;      /* it has set-id bits that take effect for this user */
	bool has_capabilities; /* it has file capabilities that take effect for this user */
};

/* Describe the file in *program.  Returns 0 or -errno. */
int program_inspect(const char *path, struct program *program) MUST_CHECK NONNULL;

/* Why the library cannot be loaded into a program, and what to do about it. */
struct program_obstacle {
	char why[160];
	const char *hint;
};

/* Returns true and fills *obstacle if the ELF `program` cannot load `library`. */
bool program_has_obstacle(const struct program *program, const struct elf *library,
			  struct program_obstacle *obstacle) MUST_CHECK NONNULL;

#endif
