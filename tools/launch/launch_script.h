/* SPDX-License-Identifier: MIT */
/*
 * Parses the first line of a script, which names its interpreter.  Pure.
 *
 * Called by launch_program.c, launch_follow.c and launch_check.c.
 */
#ifndef PYCSHIM_LAUNCH_SCRIPT_H
#define PYCSHIM_LAUNCH_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>

#include "attributes.h"

#define SCRIPT_LINE_MAX 256 /* BINPRM_BUF_SIZE: how much of it the kernel reads */

struct script {
	char interpreter[SCRIPT_LINE_MAX];
	char argument[SCRIPT_LINE_MAX]; /* the rest of the line; "": none */
};

/*
 * Parse the first `length` bytes of a file as the kernel does (load_script,
 * fs/binfmt_script.c).  Returns 0, or -ENOEXEC if it is no script or the interpreter's
 * name does not end within SCRIPT_LINE_MAX.
 */
int script_parse(const char *bytes, size_t length,
		 struct script *script) MUST_CHECK NONNULL;

/* Are these bytes text, which execvp(3) and shells would run with /bin/sh? */
bool script_is_text(const char *bytes, size_t length) MUST_CHECK NONNULL;

struct script_env {
	char command[SCRIPT_LINE_MAX]; /* the program that env(1) runs; "": none */
	bool drops_preload;	       /* it removes or replaces LD_PRELOAD */
};

/* Parse the argument of env(1) in a #! line. */
void script_parse_env(const char *argument, struct script_env *env) NONNULL;

/* Is the last component of this path the name of a shell? */
bool script_is_shell(const char *path) MUST_CHECK NONNULL;

/* Is the last component of this path "env"? */
bool script_is_env(const char *path) MUST_CHECK NONNULL;

#endif
