/* SPDX-License-Identifier: MIT */
/*
 * What is known of directories: a cache of facts, so that a look-up need not ask the kernel
 * again.  It is a table of fixed size without locks.  It may lose a fact, which is then
 * found out again.
 *
 * A fact belongs to a generation.  A new generation begins when the root of the shadow
 * changes, or when a directory was moved, removed or mounted over; facts of older
 * generations are not seen any more.
 *
 * Used by view/, call/ and hooks/.  Any thread, any context; no I/O.
 */
#ifndef PYCSHIM_KNOWN_H
#define PYCSHIM_KNOWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attributes.h"

enum known_fact {
	/* of an absolute path */
	KNOWN_PLAIN,	/* a directory, and no component of its path is a symbolic link */
	KNOWN_UNLINKED, /* the directory's __pycache__ is no symbolic link */
	KNOWN_CLEAN,	/* both */
	/* of a path in the shadow */
	KNOWN_TRUSTED, /* a directory that may be used, as all those above it */
	KNOWN_PRIVATE, /* and only this user and root can change its path or write in it */
	KNOWN_STICKY,  /* or others can write in it, but not rename this user's entries */
};

/* Returns the number of this generation, which is never 0. */
unsigned known_generation(void);
void known_new_generation(void);

/*
 * Returns the hash that stands for a path in the table; never 0.  Nobody else can find a path
 * with the hash of another one (host/secret_hash.h), for whether a directory may be used depends
 * on it.  It is this process's alone.
 */
uint64_t known_hash(const char *path, size_t length) NONNULL MUST_CHECK;

/* Is the fact in the table? */
bool known_has(uint64_t hash, enum known_fact fact, unsigned generation) MUST_CHECK;

/*
 * Adds a fact.  The caller reads known_generation() before it begins to find the fact out:
 * if a new generation begins meanwhile, the fact belongs to the old one and is not seen.
 */
void known_add(uint64_t hash, enum known_fact fact, unsigned generation);

/* The size of the table, a set-associative cache. */
#define KNOWN_SETS 256u
#define KNOWN_WAYS 8u

#endif
