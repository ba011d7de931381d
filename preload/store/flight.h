/* SPDX-License-Identifier: MIT */
/*
 * Single flight: of processes that miss the same pyc at the same time, one compiles it, and
 * the others wait for it and take its pyc.
 *
 * The one that compiles has a lock on one byte of a file of ours, in the store or else in the
 * shadow, at a position that is a hash of what it compiles.  It is a lock of fcntl(2), which
 * the kernel drops when the process ends, however it does.  So one file serves all modules,
 * and different modules are compiled at the same time.  A process looks whether there is a
 * lock and then sets its own; two that do so within a microsecond both compile.
 *
 * Nothing can wait for itself: a thread gives up its lock before it looks for another pyc (a
 * compile may import a codec), so whoever waits has none.  A wait is bounded by PYCSHIM_WAIT
 * and by what such a compile may take; it ends when a signal arrives, and when the holder is
 * stopped or sleeps (its compile has failed).  Then the waiting process compiles the module
 * itself.
 *
 * Called by store/ and call/.  Not in a vfork child.  Raw system calls only.
 */
#ifndef PYCSHIM_STORE_FLIGHT_H
#define PYCSHIM_STORE_FLIGHT_H

#include <stdbool.h>
#include <stdint.h>

#include "attributes.h"

/* What a process may compile that others want as well. */
struct flight {
	uint64_t what;	       /* a hash of it; 0: nothing */
	uint64_t source_bytes; /* how long its source is, from which a time is guessed */
};

/*
 * Tries to become the one that compiles this.  False if another process does it already.
 * True also where locks are not possible: then every process compiles for itself.
 */
bool flight_lead(const struct flight *flight, uint64_t key) MUST_CHECK NONNULL;

/* The thread has compiled, or will not: gives up its lock, if it has one. */
void flight_land(void);

/* The same if it is about this pyc_path_key(). */
void flight_land_key(uint64_t key);

/*
 * The thread opens a source with this pyc_path_key().  If that is not the first reading of what
 * it compiles, the compile has failed, or another one has begun: gives up the lock.
 */
void flight_source_opened(uint64_t key);

/* False if this process has waited for it before, and in vain. */
bool flight_is_worth_waiting(const struct flight *flight) MUST_CHECK NONNULL;

/*
 * Waits until nobody compiles this any more, or it is not worth while to wait longer.  On the
 * program's own stack, whose signal handlers may run meanwhile.  Returns nanoseconds.
 */
uint64_t flight_wait(const struct flight *flight) NONNULL;

/* The process has another root directory: closes the file of locks for good. */
void flight_give_up(void);

#endif
