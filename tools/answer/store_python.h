/* SPDX-License-Identifier: MIT */
/*
 * Runs interpreters that compile a source anew and compare the code object with the one of
 * a store's entry.  Used by store_verify.c.
 *
 * The interpreter compiles and does not execute what it is given.  It runs isolated (-I -S),
 * without the library, and is ended if it takes too long.
 */
#ifndef PYCSHIM_STORE_PYTHON_H
#define PYCSHIM_STORE_PYTHON_H

#include <stddef.h>
#include <stdint.h>

#include "attributes.h"
#include "store.h"

/* All interpreters that were started. */
struct store_pythons;

/* `named`: the only interpreter to try; NULL: those in PATH that are called as the tag is. */
struct store_pythons *store_pythons_begin(const char *named) MUST_CHECK;
void store_pythons_end(struct store_pythons *pythons) NONNULL;

enum store_comparison {
	STORE_SAME,
	STORE_DIFFERS,	 /* `why` tells where, or that one of the two is no code */
	STORE_NO_PYTHON, /* no interpreter has this tag and magic number */
	STORE_UNKNOWN,	 /* the interpreter ended, or took too long */
};

/* The longest `why`, with its NUL. */
#define STORE_WHY_BYTES 256

/* Compare the code of a valid entry with what its source compiles to. */
enum store_comparison store_pythons_compare(struct store_pythons *pythons,
					    const struct store_entry *entry,
					    const void *source, size_t source_bytes,
					    char why[STORE_WHY_BYTES]) MUST_CHECK NONNULL;

#endif
