/*
 * One at a time, for what is done rarely and must not be done twice at once: opening the
 * recording, opening the shadow's root.  No lock: whoever does not get the turn within ten
 * seconds does without.  A thread that has ended, or did not survive a fork, holds no turn.
 */
#ifndef PYCSHIM_TURN_H
#define PYCSHIM_TURN_H

#include <stdbool.h>

#include "attributes.h"

struct turn {
	int owner;   /* tid, 0: free */
	int gave_up; /* nobody waits any more */
};

/* Take the turn; false: somebody else has it for long. */
bool turn_take(struct turn *turn) MUST_CHECK NONNULL;
void turn_end(struct turn *turn) NONNULL;

#endif
