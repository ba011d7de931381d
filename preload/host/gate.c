/* SPDX-License-Identifier: MIT */
/*
 * The gate: may a call come in?  See process_gate() in process.h.
 *
 * Runs in any thread, also in a signal handler.  A vfork child comes here, too.
 */
#include <signal.h>
#include <stdint.h>

#include "host/loaded.h"
#include "host/own_stack.h"
#include "host/process.h"
#include "host/process_state.h"
#include "host/scratch.h"
#include "host/sys.h"
#include "host/thread.h"
#include "host/turn.h"

/* The kernel saves at least so much on the stack below what a signal interrupts. */
#define SIGNAL_FRAME_BYTES 512

/*
 * Is this thread still inside our call, or has a signal handler jumped out of it?  The
 * stack tells.  A handler that has interrupted our call is deeper than the mark of that
 * call, by all that the kernel saves, and the mark is untouched.  After a jump we are not
 * deeper than the mark, or the host's frames have overwritten it.
 */
static COLD bool is_inside(const void *here)
{
	const struct thread_mark *there = (const struct thread_mark *)thread->busy;
	stack_t other = {.ss_size = 0};

	/* an instruction of ours has raised a signal, and this is its handler */
	if (own_stack_holds(here))
		return true;
	SYS2(sigaltstack, NULL, &other);
	if (other.ss_flags & SS_ONSTACK) /* a handler on the alternate stack */
		return true;
	/* our call was made on the alternate stack, which this thread has left */
	if ((uintptr_t)there - (uintptr_t)other.ss_sp < other.ss_size)
		return false;
	return (uintptr_t)here + SIGNAL_FRAME_BYTES < (uintptr_t)there &&
	       sys_is_readable(there) && there->self == there;
}

/* If a handler has jumped out of our call, give back all that the call had. */
static COLD bool has_left(const void *here)
{
	if (is_inside(here))
		return false;
	thread_leave();
	own_stack_forget();
	scratch_forget();
	turn_end_all();
	return true;
}

bool process_gate(const void *here)
{
	enum process_state now = process_state_get();

	if (likely(now == STATE_PYTHON && process_is_up_to_date()))
		return true;
	if (now == STATE_EARLY || now == STATE_OFF)
		return false;
	/* the tid differs if a signal handler has forked in the middle of our call */
	if (thread->busy && thread->tid == sys_gettid() && !has_left(here))
		return false;
	if (now != STATE_PYTHON && loaded_has_python())
		now = process_activate(STATE_PYTHON);
	return (now == STATE_ACTIVE || now == STATE_PYTHON) && process_refresh();
}
