/* SPDX-License-Identifier: MIT */
/*
 * Runs an interpreter as a child that compiles what it is given and executes none of it.  It
 * reads requests from descriptor 3 and answers each with a line.  It runs isolated from the
 * user's settings and modules, without the library, and may be ended at any time.
 * Used by store_python.c and image_measure.c.
 */
#ifndef PYCSHIM_PYTHON_CHILD_H
#define PYCSHIM_PYTHON_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "attributes.h"

#define PYTHON_ANSWER_SECONDS 60 /* more than any source takes to compile */

struct python_child {
	pid_t pid;    /* 0: there is none */
	int requests; /* non-blocking */
	int answers;
};

/* Which interpreter runs, and where. */
struct python_program {
	const char *path;   /* without a slash: looked for in PATH */
	const char *script; /* fits into a pipe: less than 4096 bytes are sure to */
	int root;	    /* a directory that becomes the child's root; -1: none does */
};

/*
 * Start an interpreter and give it the script on its standard input.  In a root it has no
 * privileges: it becomes another user, or it is in a user namespace.  False: it could not be
 * started.  Where exec() fails, the first answer is a line that begins with '!' and has the
 * reason.
 */
bool python_child_start(struct python_child *child,
			const struct python_program *program) MUST_CHECK NONNULL;

/* Until when to wait for an answer that is asked for now, as monotonic_ns() counts. */
uint64_t python_child_deadline(void) MUST_CHECK;

/* Send bytes.  False: the interpreter ended, or it takes too long. */
bool python_child_send(struct python_child *child, const void *bytes, size_t count,
		       uint64_t end_ns) MUST_CHECK NONNULL;

/* Read a line without its end.  False: none came, or one that is too long. */
bool python_child_answer(struct python_child *child, char *line, size_t room,
			 uint64_t end_ns) MUST_CHECK NONNULL;

/* End the interpreter, if it runs. */
void python_child_end(struct python_child *child) NONNULL;

#endif
