/* SPDX-License-Identifier: MIT */
/*
 * Was this interpreter told to write no pycs, by PYTHONDONTWRITEBYTECODE or -B?
 *
 * Called by keep.c.  Any thread; raw system calls only.
 */
#ifndef PYCSHIM_STORE_DONT_WRITE_H
#define PYCSHIM_STORE_DONT_WRITE_H

#include <stdbool.h>
#include <stddef.h>

#include "attributes.h"

/* Asks /proc at the first call. */
bool dont_write_is_set(void) MUST_CHECK;

/*
 * Do the arguments of a Python, with a NUL behind each, have -B before the program's name?
 * `ignores`: they have -E or -I, so the environment does not count.
 */
bool dont_write_in(const char *arguments, size_t bytes, bool *ignores) MUST_CHECK NONNULL;

#endif
