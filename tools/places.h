/*
 * Where the library keeps a recording that nobody named, and which others are about.
 * Used by recordings.c; runs in pycstat.
 */
#ifndef PYCSHIM_PLACES_H
#define PYCSHIM_PLACES_H

#include "attributes.h"

/*
 * The default recording, in the first place that has one which can be trusted; says which
 * ones were not, and whose it is where it is not this user's.  NULL, after a message that
 * names the recordings of others: there is none.  The caller frees it.
 */
char *places_find(void) MUST_CHECK;

#endif
