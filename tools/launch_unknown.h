/*
 * Variables that look like ours and are read by nobody.  Used by launch_check.c.
 */
#ifndef PYCSHIM_LAUNCH_UNKNOWN_H
#define PYCSHIM_LAUNCH_UNKNOWN_H

#include <stdio.h>

#include "attributes.h"

/* Report each, with what may have been meant, or else what there is. */
void unknown_variables_report(FILE *report) NONNULL;

#endif
