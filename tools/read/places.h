/* SPDX-License-Identifier: MIT */
/*
 * Finds the default recording: the one in the state directory, if the user names none.
 * Used by recordings.c and cmd_store.c.
 */
#ifndef PYCSHIM_PLACES_H
#define PYCSHIM_PLACES_H

#include "attributes.h"

/*
 * Return the path of the first default recording that can be trusted, which the caller
 * frees.  Warns about those that are not trusted, and if it is not this user's.  NULL:
 * there is none; the message then lists the recordings of other users.
 */
char *places_find(void) MUST_CHECK;

/* The same, without a message if there is none. */
char *places_look(void) MUST_CHECK;

#endif
