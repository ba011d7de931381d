/*
 * The first line of a script: who runs it.  Pure: bytes in, words out.
 *
 * Called by launch_program.c and launch_check.c.
 */
#ifndef PYCSHIM_LAUNCH_SCRIPT_H
#define PYCSHIM_LAUNCH_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>

#include "attributes.h"

#define SCRIPT_LINE_MAX 256 /* BINPRM_BUF_SIZE: what the kernel reads of it */

struct script {
	char interpreter[SCRIPT_LINE_MAX];
	char argument[SCRIPT_LINE_MAX]; /* all the rest, one argument; "": none */
};

/*
 * Parse the first `length` bytes of a file as the kernel does (load_script,
 * fs/binfmt_script.c).  Returns 0, or -ENOEXEC where that is no script or its
 * interpreter's name does not end within SCRIPT_LINE_MAX.
 */
int script_parse(const char *bytes, size_t length,
		 struct script *script) MUST_CHECK NONNULL;

/* Are these bytes text, which execvp(3) and shells would give to /bin/sh? */
bool script_is_text(const char *bytes, size_t length) MUST_CHECK NONNULL;

struct script_env {
	char command[SCRIPT_LINE_MAX]; /* the program env(1) would look for; "": none */
	bool drops_preload;	       /* by -i or -u LD_PRELOAD */
};

/* What env(1) makes of that argument of a #! line. */
void script_parse_env(const char *argument, struct script_env *env) NONNULL;

/* Is that path's last component the name of a shell? */
bool script_is_shell(const char *path) MUST_CHECK NONNULL;

/* Is it env? */
bool script_is_env(const char *path) MUST_CHECK NONNULL;

#endif
