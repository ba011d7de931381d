/*
 * What kind of thing a file is that somebody wants to execute, from its first bytes
 * and its inode.  Nothing is executed here.
 *
 * Called by launch_command.c, launch_check.c and launch_summary.c.
 */
#ifndef PYCSHIM_LAUNCH_PROGRAM_H
#define PYCSHIM_LAUNCH_PROGRAM_H

#include <stdbool.h>

#include "attributes.h"
#include "launch_elf.h"
#include "launch_script.h"

enum program_kind {
	PROGRAM_ELF,
	PROGRAM_BROKEN_ELF, /* cut short or crafted */
	PROGRAM_SCRIPT,	    /* begins with #! */
	PROGRAM_TEXT,	    /* a script without #!, or any other text */
	PROGRAM_UNKNOWN,
};

struct program {
	enum program_kind kind;
	struct elf elf;
	struct script script;
	bool changes_ids;      /* set-id bits that take effect for this user */
	bool has_capabilities; /* file capabilities that take effect for this user */
};

/* Look at the file.  Returns 0 or -errno. */
int program_inspect(const char *path, struct program *program) MUST_CHECK NONNULL;

/*
 * Why the library, an ELF file like `library`, cannot be loaded into an ELF `program`,
 * and what to do about it; false if nothing here stands in the way.
 */
struct program_obstacle {
	char why[160];
	const char *hint;
};
bool program_has_obstacle(const struct program *program, const struct elf *library,
			  struct program_obstacle *obstacle) MUST_CHECK NONNULL;

#endif
