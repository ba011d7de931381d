/* SPDX-License-Identifier: MIT */
/*
 * The names of the numbers in a recording: operations, actions, totals, stale reasons and
 * errnos, from the tables of include/.  Used by all of pycstat; one thread only, because
 * two functions return a static buffer.
 */
#ifndef PYCSHIM_NAMES_H
#define PYCSHIM_NAMES_H

#include <stdbool.h>
#include <stdint.h>

#include "attributes.h"

/* "EROFS"; "errno 4711" for a number without a name, in a static buffer; "other" for 0. */
const char *name_of_error(uint32_t error);

/* The text of strerror(), beginning with a small letter, in a static buffer. */
const char *meaning_of_error(uint32_t error);

const char *name_of_operation(unsigned type);  /* "lookup"; "unknown" */
const char *name_of_action(unsigned action);   /* "pass"; "unknown" */
const char *name_of_mode(unsigned mode);       /* "trace"; "unknown" */
const char *name_of_stale(unsigned reason);    /* "mtime"; reason < STALE_COUNT */
const char *meaning_of_stale(unsigned reason); /* "the source's size differs" */
const char *name_of_total(unsigned total);     /* as in JSON; total < VERDICT_TOTALS */
bool total_is_time(unsigned total);	       /* nanoseconds; total < VERDICT_TOTALS */

/* The index of the total with that name in JSON; -1: there is none. */
int total_of_name(const char *name) NONNULL;

#endif
