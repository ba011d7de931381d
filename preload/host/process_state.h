/* SPDX-License-Identifier: MIT */
/*
 * What process.c, activate.c and gate.c share.  No other file includes this.
 */
#ifndef PYCSHIM_PROCESS_STATE_H
#define PYCSHIM_PROCESS_STATE_H

#include <stdbool.h>

#include "attributes.h"
#include "host/turn.h"

/* In this order: a process never goes back to an earlier state. */
enum process_state {
	STATE_EARLY,   /* before our constructor: every call is passed on */
	STATE_WAITING, /* no Python is loaded yet: every call is passed on */
	STATE_ACTIVE,  /* calls are watched; a Python may still be loaded */
	STATE_PYTHON,  /* calls are watched, and a Python is loaded */
	STATE_OFF,     /* for good: every call is passed on */
};

/* enum process_state: read it by process_state_get(). */
extern int process_state_now;

/*
 * Everything that a state needs (`process`, the configuration) is filled in before the
 * state is published, and read after the state.
 */
static inline enum process_state process_state_get(void)
{
	return (enum process_state)__atomic_load_n(&process_state_now, __ATOMIC_ACQUIRE);
}

/* One thread at a time activates the process, or begins anew in a fork child. */
extern struct turn process_turn;

/*
 * activate.c: go on to `wanted` (STATE_ACTIVE or STATE_PYTHON) if the process is in an
 * earlier state.  Returns the state afterwards, which is the old one if another thread is
 * held up in the middle of this.  Any thread, also in a signal handler; no vfork child.
 */
enum process_state process_activate(enum process_state wanted) COLD;

/*
 * process.c: make the page of this process.  False if there is no memory for it.  Called
 * once, by the thread that has process_turn.
 */
bool process_create(void) MUST_CHECK;

/* process.c: give this thread a struct of its own.  False if there is no memory. */
bool process_know_thread(int pid, int tid) MUST_CHECK;

/*
 * process.c: bring `process` and `thread` up to date, with what a fork may have changed.
 * False in a vfork child, and if there is no memory.  At most two system calls unless the
 * process was forked.
 */
bool process_refresh(void) MUST_CHECK;

/*
 * process.c: are `process` and `thread` up to date, and is this thread outside of our
 * calls, and has no vfork child?  Makes no system call, so it may say no although they are.
 */
bool process_is_up_to_date(void) MUST_CHECK;

#endif
