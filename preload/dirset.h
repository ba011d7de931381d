/*
 * A set of directories that something was found out about once: lossy, of fixed size, and
 * without locks.  A directory that is forgotten is only looked at again.
 * Used by where.c and shadow_trust.c; any thread, any context.
 */
#ifndef PYCSHIM_DIRSET_H
#define PYCSHIM_DIRSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attributes.h"

/* As many ways as make it rare that a set of a few hundred directories' is full. */
#define DIRSET_SETS 128u
#define DIRSET_WAYS 8u

struct dirset {
	uint64_t hash[DIRSET_SETS][DIRSET_WAYS]
		__attribute__((aligned(64))); /* 0: empty */
	unsigned next;	 /* the way that is given up, where a set is full */
	unsigned clears; /* how often all were forgotten */
};

/* The hash of a path by which the sets know it; never 0. */
uint64_t dirset_hash(const char *path, size_t length) NONNULL MUST_CHECK;

/* Is the directory with this hash in the set?  False where it was forgotten, too. */
bool dirset_has(const struct dirset *set, uint64_t hash) NONNULL MUST_CHECK;

/* For dirset_add(): the moment from which on something is found out. */
static inline unsigned dirset_now(const struct dirset *set)
{
	return __atomic_load_n(&set->clears, __ATOMIC_SEQ_CST);
}

/*
 * Add what was found out since dirset_now() gave `now`: nothing, if all were forgotten
 * meanwhile, for it may be of before.
 */
void dirset_add(struct dirset *set, uint64_t hash, unsigned now) NONNULL;

/* Forget them all. */
void dirset_clear(struct dirset *set) NONNULL;

#endif
