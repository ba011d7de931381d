/*
 * One thread at a time, for what is done rarely and must not be done twice at once: becoming
 * active, opening the recording, opening the shadow's root.
 *
 * It is no lock, for the owner may be stopped, or a signal handler may have jumped out of
 * it: a thread that does not get the turn within a millisecond goes on without, and when
 * many have waited in vain, none waits.  A turn whose owner has ended, or did not survive a
 * fork, is free.  One that its owner was made to jump out of is free as soon as that thread
 * calls us again (process_gate()).
 *
 * Any thread, any context; not in a vfork child.  thread->pid and thread->tid must be known.
 */
#ifndef PYCSHIM_TURN_H
#define PYCSHIM_TURN_H

#include <stdbool.h>

#include "attributes.h"

struct turn {
	int owner;	/* tid, 0: free */
	unsigned waits; /* for this owner; after many nobody waits any more */
};

/* Take the turn if it is free; never waits. */
bool turn_try(struct turn *turn) MUST_CHECK NONNULL;

/* The same, and wait for it, at most a millisecond. */
bool turn_take(struct turn *turn) MUST_CHECK NONNULL;

/* Give back the turn that this thread took last. */
void turn_end(struct turn *turn) NONNULL;

/* A signal handler has jumped out of our call: give back all that this thread has. */
void turn_end_all(void);

#endif
