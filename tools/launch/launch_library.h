/* SPDX-License-Identifier: MIT */
/*
 * Finds the library and pycstat: in the launcher's own directory, at their relative place
 * in an installation, or in the directories that make install used.  Never looks in the
 * current directory or along PATH.  Called by main() and launch_summary.c.
 */
#ifndef PYCSHIM_LAUNCH_LIBRARY_H
#define PYCSHIM_LAUNCH_LIBRARY_H

#include "attributes.h"

/* Return the path of libpycshim.so, which the caller frees; exits with 125 if not found. */
char *library_find(void) MUST_CHECK;

/* Return the path of pycstat, which the caller frees; NULL: not found. */
char *library_find_reader(void) MUST_CHECK;

/* Why LD_PRELOAD cannot hold this path, for a message; NULL: it can. */
const char *library_path_problem(const char *path) MUST_CHECK NONNULL;

#endif
