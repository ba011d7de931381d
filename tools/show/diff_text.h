/* SPDX-License-Identifier: MIT */
/*
 * Prints what diff found, as text or as JSON.  Called by cmd_diff.c.
 */
#ifndef PYCSHIM_DIFF_TEXT_H
#define PYCSHIM_DIFF_TEXT_H

#include <stddef.h>

#include "answer/diff.h"
#include "attributes.h"
#include "read/recordings.h"

/* Print to standard output; at most `top` modules of each kind (0: all). */
void diff_print_text(const struct diff *diff, const struct recordings *sets,
		     size_t top) NONNULL;

/* The same as JSON; at most `top` modules. */
void diff_print_json(const struct diff *diff, const struct recordings *sets,
		     size_t top) NONNULL;

#endif
