/*
 * Room for the paths that a call puts together on its way.  A thread may have no more than
 * the smallest stack (PTHREAD_STACK_MIN), and the call's own paths take half of that; so
 * what is needed besides lies in memory of our own, one block for each thread that is
 * inside a call.
 *
 * Where there is none to be had, the room is on the stack all the same.  Any thread, any
 * context: what a signal handler takes lies behind what it has interrupted.
 */
#ifndef PYCSHIM_SCRATCH_H
#define PYCSHIM_SCRATCH_H

#include <stddef.h>

#include "attributes.h"

/* `name` points to so many bytes, until the block of code ends.  Not in a loop. */
/* NOLINTBEGIN(bugprone-macro-parentheses): a type stands in no parentheses. */
#define SCRATCH(type, name, bytes)                                                       \
	__attribute__((cleanup(scratch_give)))                                           \
	type *const name = scratch_take(bytes) ?: __builtin_alloca(bytes)
/* NOLINTEND(bugprone-macro-parentheses) */

/* Bytes for any use, or NULL; to be given back in reverse order, by SCRATCH(). */
void *scratch_take(size_t bytes) MUST_CHECK;
void scratch_give(const void *variable) NONNULL;

/* A signal handler has jumped out of whatever this thread had taken room for. */
void scratch_forget(void);

#endif
