/* SPDX-License-Identifier: MIT */
/*
 * Which process this is, and which of its calls we watch: process.c (which process),
 * activate.c (how it becomes active) and gate.c (whether a call may come in).
 *
 * A process becomes active when a Python is loaded in it, when a Python has started it,
 * or when the user asked for all processes.  State that must begin anew in a fork child
 * is in one page, which the kernel empties there (MADV_WIPEONFORK).  A vfork child shares
 * our memory and finds its parent's page; its calls are passed on.
 *
 * The wrappers call process_start(), process_loads(), process_is_waiting() and the gates;
 * call/ calls the gates, too.  The other folders are called behind a gate, and only read.
 */
#ifndef PYCSHIM_PROCESS_H
#define PYCSHIM_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

#include "attributes.h"
#include "recording.h"

struct process {
	int pid;	   /* 0: a fork child that has not filled in the page yet */
	uint64_t number;   /* unique among the processes of a recording */
	uint64_t start_ns; /* since the epoch */
	/* used by recorder.c only */
	int registered;	       /* our process record is in the recording */
	int64_t totals_offset; /* where our totals are in the recording; 0: not known */
	int totals_wanted;     /* the totals are to be rewritten there */
	struct record_totals totals;
};

/* Not NULL once process_gate() has returned true. */
extern struct process *process;

/*
 * Which calls the wrappers examine.  In a process that is not active they examine none,
 * as if the library were not there.  In an active process without a Python they examine
 * calls that only look at a file only if the union view may show another file.
 */
enum process_watches {
	PROCESS_WATCHES_LOOKS = 1,
	PROCESS_WATCHES_CHANGES = 2,
	PROCESS_WATCHES_ALL = PROCESS_WATCHES_LOOKS | PROCESS_WATCHES_CHANGES,
	PROCESS_WATCHES_LOADS = 4, /* dlopen(), which may load a Python */
	/* redirect and deny: all directories, as any of them may have a shadow */
	PROCESS_WATCHES_TREES = 8,
};
extern int process_watches; /* atomic */

/* Does this process watch any of these?  None, unless it is active. */
static inline bool process_is_watching(int what)
{
	return unlikely(__atomic_load_n(&process_watches, __ATOMIC_RELAXED) & what);
}

static inline bool process_watches_trees(void)
{
	return process_is_watching(PROCESS_WATCHES_TREES);
}

/*
 * Is the process not active, although its calls are examined because dlopen() was called?
 * If a Python has been loaded meanwhile, the process becomes active here.  Otherwise this
 * makes no system call.  Called by the wrappers before they read the path.
 */
bool process_is_waiting(void);

/* dlopen() is about to be called: from now on, ask at each call whether a Python came. */
void process_loads(void);

/*
 * Called by the constructor: read the configuration, and become active if there is a
 * reason.  `becomes_python` is called when a Python is found to be loaded, now or later,
 * before the calls of the process are watched as a Python's.
 */
void process_start(void (*becomes_python)(void)) COLD;

/*
 * Is this call to be watched?  True if the process is active and this thread is not
 * inside one of our calls already; then `process` and `thread` are up to date.  False in
 * a vfork child, which leaves all state alone.  But before Linux 4.14, where the kernel
 * empties no page, a vfork child is taken for a fork child.  No system call, unless this
 * thread may have a vfork child.  Any thread, also in a signal handler.
 *
 * `here` is an address within a few words of where the host's part of the stack ends.
 */
bool process_gate(const void *here);

/*
 * The calling thread is about to make a child that shares our memory and the thread's
 * storage: from now on, ask at each of its gates which of the two it is.
 */
void process_shares_memory(void);

/* Is a Python loaded in this process (and not only an ancestor)? */
bool process_is_python(void);

#endif
