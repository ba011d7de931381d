/* SPDX-License-Identifier: MIT */
/*
 * Scratch memory for paths and other large buffers, so that they do not lie on a stack.
 * A thread of the host may have no more than PTHREAD_STACK_MIN.  Each thread that is
 * inside our call has one block, and takes from it like from a stack.
 *
 * If no block can be mapped, SCRATCH() uses the stack.  Any thread, also in a signal
 * handler: a handler takes memory behind that of the call which it has interrupted.
 */
#ifndef PYCSHIM_SCRATCH_H
#define PYCSHIM_SCRATCH_H

#include <stddef.h>

#include "attributes.h"

/* Let `name` point to so many bytes until the block of code ends.  Not in a loop. */
/* NOLINTBEGIN(bugprone-macro-parentheses): a type cannot be in parentheses. */
#define SCRATCH(type, name, bytes)                                                       \
	__attribute__((cleanup(scratch_give)))                                           \
	type *const name = scratch_take(bytes) ?: __builtin_alloca(bytes)
/* NOLINTEND(bugprone-macro-parentheses) */

/* For SCRATCH() only: take bytes, or NULL; and give them back in reverse order. */
void *scratch_take(size_t bytes) MUST_CHECK;
void scratch_give(const void *variable) NONNULL;

/* A signal handler has jumped out of our call: free all that this thread has taken. */
void scratch_forget(void);

#endif
