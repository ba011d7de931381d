/* SPDX-License-Identifier: MIT */
/*
 * The conditions of --fail-if, such as 'stale>0': they make pycstat end with status 2, so
 * that a build pipeline stops.  Used by the commands that have this option.
 */
#ifndef PYCSHIM_FAIL_IF_H
#define PYCSHIM_FAIL_IF_H

#include <stdbool.h>
#include <stddef.h>

#include "attributes.h"

/* The exit status of a command of which a condition holds. */
#define EXIT_CONDITION 2

/* One count or time that a condition may name. */
struct fail_if_value {
	const char *key;
	double value; /* times in seconds */
};

/* One condition, taken apart. */
struct fail_if {
	const char *text;	   /* as given, not copied */
	size_t key_length;	   /* the key is the beginning of `text` */
	bool less, equal, greater; /* when it holds, by how the value compares */
	double number;
};

/*
 * Take "KEY>NUMBER" apart; also >=, <, <= and ==, and blanks around each part.  Returns
 * whether it has this form.
 */
bool fail_if_parse(struct fail_if *condition, const char *text) MUST_CHECK NONNULL;

/* Whether the condition holds for this value. */
bool fail_if_holds(const struct fail_if *condition, double value) MUST_CHECK NONNULL;

/*
 * Exit with a usage error if one of the conditions is malformed or names a key that is not
 * in the table.  Called before the work begins; the values are not looked at.
 */
void fail_if_check(const char *const *conditions, size_t count,
		   const struct fail_if_value *table, size_t table_count);

/*
 * Report each condition that holds on standard error.  The conditions have passed
 * fail_if_check().  Returns EXIT_CONDITION if one holds, else `status`.
 */
int fail_if_status(const char *const *conditions, size_t count,
		   const struct fail_if_value *table, size_t table_count,
		   int status) MUST_CHECK;

#endif
