/* SPDX-License-Identifier: MIT */
/*
 * A stack of our own.  The host may have little stack left when it calls us: in a
 * coroutine, in a signal handler on an alternate stack, in a thread of the smallest size.
 * We promise to take at most 1 KiB of it.  Whatever needs more runs on this stack.  The
 * main thread's stack is an exception: it grows to megabytes, and near its beginning we
 * need not switch.
 *
 * After a switch signals are blocked, so that no handler of the host runs on a stack that
 * the host does not know.  Garbage collectors, for instance, compare addresses with their
 * stack.  That takes two system calls, and imports mostly happen on the main thread.
 *
 * Called by call/, hooks/ and activate.c.  Any thread, also in a signal handler or a
 * vfork child.
 */
#ifndef PYCSHIM_OWN_STACK_H
#define PYCSHIM_OWN_STACK_H

#include <stdbool.h>

#include "attributes.h"

/*
 * Call `function` with `argument` on a stack of OWN_STACK_BYTES, or on the host's stack
 * if there is no memory for one.  If this is called on our own stack, or where the host's
 * has enough room, it is a plain call.
 */
void own_stack_run(void (*function)(void *argument), void *argument) NONNULL_ARGS(1);

#define OWN_STACK_BYTES (256u << 10)

/*
 * Ask how large the main thread's stack may become.  Called when the process becomes
 * active, and when the host has set a limit.
 */
void own_stack_limit_changed(void);

/* Does this address lie on the stack of ours that this thread is using now? */
bool own_stack_holds(const void *address) MUST_CHECK;

/*
 * A signal handler has jumped out of own_stack_run(): give back the stack, and unblock
 * the signals that we have blocked.  Does nothing when called on that stack.
 */
void own_stack_forget(void);

/* Have we blocked this signal on this thread, and had the host not? */
bool own_stack_blocks(int signal) MUST_CHECK;

#endif
