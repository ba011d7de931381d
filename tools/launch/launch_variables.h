/* SPDX-License-Identifier: MIT */
/*
 * The table of variables and their options, made from include/environment.def, and checks
 * of their values.  Pure, except value_normalise(), which makes paths absolute, and the
 * checks of files.
 *
 * Used by most launch_*.c.
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
	const char *argument; /* its name in the help; "": none, the value is then 1 */
	const char *fallback; /* the default, as the help shows it */
	const char *what;     /* what the help says about it */
};

extern const struct variable variables[VARIABLE_COUNT];

/*
 * What is wrong with a value of this variable, as the end of a sentence; NULL: nothing.
 * Pure.
 */
const char *value_problem(enum variable_index variable,
			  const char *value) MUST_CHECK NONNULL;

/*
 * Return the value in the form that the library expects, which the caller frees: all
 * spellings of "off" become "off", and the path of a root, store or recording becomes
 * absolute.
 */
char *value_normalise(enum variable_index variable, const char *value) MUST_CHECK NONNULL;

/* As value_problem(), for the file that the value of root, record or store names. */
const char *value_file_problem(enum variable_index variable,
			       const char *value) MUST_CHECK NONNULL;

/*
 * As value_problem(), for an open regular file that will be recorded into: if it holds
 * something else, it was named by mistake.
 */
const char *recording_problem(int fd) MUST_CHECK;

#endif
