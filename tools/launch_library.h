/*
 * Where the launcher's companions are: beside it, where they lie from it once installed,
 * or where they were installed; never in the current directory or along PATH.  Called by main() and launch_summary.c.
 */
#ifndef PYCSHIM_LAUNCH_LIBRARY_H
#define PYCSHIM_LAUNCH_LIBRARY_H

#include "attributes.h"

/* The path of libpycshim.so, which the caller frees; ends with 125 if there is none. */
char *library_find(void) MUST_CHECK;

/* The path of pycstat, which the caller frees; NULL if there is none. */
char *library_find_reader(void) MUST_CHECK;

/* Why the dynamic loader could not take that path from LD_PRELOAD; NULL if it can. */
const char *library_path_problem(const char *path) MUST_CHECK NONNULL;

#endif
