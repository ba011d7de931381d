/*
 * The launcher's view of include/environment.def: every variable with its option, and
 * what values it takes.  Judging a value is pure; only making a path absolute and
 * looking at the file it names touch the system.
 *
 * Called by launch_options.c and launch_environment.c.
 */
#ifndef PYCSHIM_LAUNCH_VARIABLES_H
#define PYCSHIM_LAUNCH_VARIABLES_H

#include <stdbool.h>
#include <stdint.h>

#include "attributes.h"

enum variable_index {
#define VARIABLE(field, name, letter, option, argument, fallback, what) VARIABLE_##field,
#include "environment.def"
#undef VARIABLE
	VARIABLE_COUNT
};

struct variable {
	const char *name;
	int letter; /* 0: none */
	const char *option;
	const char *argument; /* "": the option takes none, and means 1 */
	const char *fallback; /* the default, as the help shows it */
	const char *what;
};

extern const struct variable variables[VARIABLE_COUNT];

/* A size such as 64M in bytes, or 0 where it is none. */
uint64_t value_size(const char *value) MUST_CHECK NONNULL;

/*
 * What is wrong with `value` for that variable, as the end of a sentence; NULL when
 * nothing is.  Pure.
 */
const char *value_problem(enum variable_index variable,
			  const char *value) MUST_CHECK NONNULL;

/*
 * The value as the library wants it: "off" in one spelling, the path of a root or a
 * recording made absolute.  The caller frees.
 */
char *value_normalise(enum variable_index variable, const char *value) MUST_CHECK NONNULL;

/* As value_problem(), of the file that a root or recording names, if any. */
const char *value_file_problem(enum variable_index variable,
			       const char *value) MUST_CHECK NONNULL;

/*
 * As value_problem(), of an open plain file that is to be recorded into: one that holds
 * something else was named by mistake.
 */
const char *recording_problem(int fd) MUST_CHECK;

#endif
