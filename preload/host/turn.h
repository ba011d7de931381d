/* SPDX-License-Identifier: MIT */
/*
 * A turn lets one thread at a time do what is rare and must not be done twice at once:
 * becoming active, opening the recording, opening the shadow's root.
 *
 * A turn is no lock.  Its owner may be stopped, or a signal handler may have jumped out
 * of it.  So a thread that does not get the turn within a millisecond goes on without it,
 * and after many have waited in vain, nobody waits any more.  A turn is free again if its
 * owner has ended or was not copied by a fork.  If a handler has jumped out of the
 * owner's call, the turn is free when that thread calls us again (process_gate()).
 *
 * Any thread, also in a signal handler; not in a vfork child.  thread->pid and
 * thread->tid must be filled in.
 */
#ifndef PYCSHIM_TURN_H
#define PYCSHIM_TURN_H

#include <stdbool.h>

#include "attributes.h"

struct turn {
	int owner;	/* tid, 0: free */
	unsigned waits; /* how often a thread has waited for this owner */
};

/* Take the turn if it is free.  Never waits. */
bool turn_try(struct turn *turn) MUST_CHECK NONNULL;

/* Take the turn; if it is not free, wait for it a millisecond at most. */
bool turn_take(struct turn *turn) MUST_CHECK NONNULL;

/* End the turn that this thread took last. */
void turn_end(struct turn *turn) NONNULL;

/* A signal handler has jumped out of our call: end all turns that this thread has. */
void turn_end_all(void);

#endif
