/* SPDX-License-Identifier: MIT */
/*
 * What this interpreter was told on its command line that concerns a store: to write no pycs,
 * to make others than usual, or to run compileall.
 *
 * Called by answer.c and keep.c.  Any thread; raw system calls only.
 */
#ifndef PYCSHIM_STORE_COMMAND_LINE_H
#define PYCSHIM_STORE_COMMAND_LINE_H

#include <stdbool.h>
#include <stddef.h>

#include "attributes.h"

/* By -B or PYTHONDONTWRITEBYTECODE.  Asks /proc at the first call, as the next one does. */
bool command_line_forbids_writing(void) MUST_CHECK;

/*
 * By -X no_debug_ranges or PYTHONNODEBUGRANGES.  The code that it compiles has no columns, which
 * tracebacks show, but its pycs have the tag and the magic number of all others.
 */
bool command_line_drops_columns(void) MUST_CHECK;

/*
 * By -O, -OO or PYTHONOPTIMIZE.  Its pycs have .opt-1 or .opt-2 behind the tag; one without that
 * may be of another level than its name says, if the program has chosen the name.  `zero_does`:
 * the interpreter takes PYTHONOPTIMIZE=0 for 1, as up to 3.6.
 */
bool command_line_optimises(bool zero_does) MUST_CHECK;

/*
 * By -m compileall.  It looks at the header of a pyc in order to find out whether there is one;
 * and what it makes itself may be of another kind, or name another source.
 */
bool command_line_is_compileall(void) MUST_CHECK;

struct command_line {
	bool dont_write;	  /* -B */
	bool drops_columns;	  /* -X no_debug_ranges */
	bool optimises;		  /* -O, -OO */
	bool ignores_environment; /* -E or -I */
	const char *module;	  /* of -m, in the arguments; "": there is none */
};

/* Reads the arguments of a Python, with a NUL behind each, up to its program's name. */
void command_line_read(struct command_line *line, const char *arguments,
		       size_t bytes) NONNULL;

#endif
