/*
 * A stack of our own.  The host may have little stack left where it calls us (a coroutine,
 * a signal handler on an alternate stack, a thread of the smallest size), and is promised
 * that we take at most 1 KiB of it.  What needs more runs here.
 *
 * Signals are blocked meanwhile, so that no handler of the host ever runs on a stack that
 * it does not know: garbage collectors and others look at where their stack is.
 *
 * Any thread, any context; a vfork child too.
 */
#ifndef PYCSHIM_OWN_STACK_H
#define PYCSHIM_OWN_STACK_H

#include <stdbool.h>

#include "attributes.h"

/*
 * Call `function` with `argument` on a stack of OWN_STACK_BYTES; on the host's where there
 * is no memory for one.  From within, it is a plain call.
 */
void own_stack_run(void (*function)(void *argument), void *argument) NONNULL_ARGS(1);

#define OWN_STACK_BYTES (256u << 10)

/* Is this signal blocked on this thread because of us, and was not by the host? */
bool own_stack_blocks(int signal) MUST_CHECK;

#endif
