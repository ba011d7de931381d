/*
 * What is known of each thread.  Thread-local storage lies on the thread's own stack, so
 * there is only a pointer of it there; the rest is in memory of ours, taken at the thread's
 * first call that concerns us (thread.c).
 */
#ifndef PYCSHIM_THREAD_H
#define PYCSHIM_THREAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "attributes.h"
#include "compiling.h"
#include "pyc_header.h"
#include "verdict.h"

/* A source that was read and is, for all we know, being compiled. */
struct bracket {
	uint64_t key;	   /* pyc_path_key() of the source */
	uint64_t began_ns; /* since the epoch: when its reading ended */
	uint64_t begin_ns; /* thread CPU time when its reading ended */
	uint64_t first_ns; /* ... at the next file operation, 0 before that */
	uint64_t last_ns;  /* ... at the latest one */
	int source;	   /* the descriptor slot that keeps its path, -1: none */
};

#define BRACKET_DEPTH 4
#define THREAD_TURNS 3 /* turn.h: as deep as they nest */

/* A source that this thread has opened for reading, in redirect mode (identity.h). */
struct opened_source {
	uint64_t hash;	  /* of its absolute path; 0: none */
	int64_t stamp_ns; /* identity_stamp_of() it then */
};

/* A compile may import a codec: the latest one need not be the one that is compiled. */
#define OPENED_SOURCES 8

/* A file to which a write failed or was short (whole.h). */
struct broken_file {
	dev_t device;
	ino_t inode;
	int error; /* errno; 0: there is none */
};

/* Part of the stack frame of one of our calls, as long as it is at work. */
struct thread_mark {
	const struct thread_mark *self;
};

struct thread {
	int owner; /* tid, 0: free */
	/*
	 * The address of the mark of our call that this thread is in, 0 outside; a call of
	 * the host's in between is passed on.  A number, because the mark may be gone: a
	 * signal handler can jump out of our call.  is_inside() in process.c finds out.
	 */
	uintptr_t busy;
	struct turn *turn[THREAD_TURNS]; /* that it has, or is just trying to take */
	unsigned turns;
	char *scratch; /* its block (scratch.h), and how much of that is taken */
	size_t scratch_used;
	int pid;
	int tid;
	uint64_t seen_key; /* of the source or pyc that was last looked at by stat */
	bool seen_is_source;
	struct pyc_source seen;
	int64_t seen_stamp_ns; /* ... and identity_stamp_of() it */
	/* 2.7 opens the source, by stdio, before it looks for the pyc; keys of */
	uint64_t open_source;	  /* ... the one that was opened last */
	uint64_t missing_source;  /* ... the one that was not there */
	uint64_t imported_source; /* ... the one whose pyc was looked for then */
	uint64_t direct_key;	  /* of a pyc whose look-up has just ended */
	/* pytest looks at the source while it has the pyc open; keys of */
	uint64_t open_pyc;	/* ... the pyc that is open */
	uint64_t confirmed_pyc; /* ... the one whose source was looked at then */
	uint64_t prefix_pyc;	/* ... the one looked for in no __pycache__ (a prefix) */
	/* the pyc that was read to its end last (magic.h): its key, and how it begins */
	uint64_t read_pyc;
	uint32_t read_magic; /* 0: that tells nothing of the interpreter's */
	struct broken_file broken;
	struct opened_source opened_source[OPENED_SOURCES];
	unsigned opened_sources; /* how many there have been */
	unsigned brackets;
	struct bracket bracket[BRACKET_DEPTH];
	struct compiling compiling; /* in deny mode alone */
	struct verdict_thread verdict;
};

/* This thread's.  Never NULL: before thread_take() it is nobody's, all zeros, to be read. */
extern __thread struct thread *thread;
extern struct thread thread_nobody;

/*
 * Have a struct of this thread's own, as a new thread has it.  False: there is no memory.
 * One that a thread has left when it ended is used again.  Any thread, any context, but no
 * vfork child.
 */
bool thread_take(int pid, int tid) MUST_CHECK;

/*
 * Begin and end a stretch of our own work on this thread.  A signal handler must see the
 * thread as busy during all of it: the fences keep the compiler, which may inline across
 * files (LTO), from moving our work out of the stretch.
 */
static inline void thread_enter(struct thread_mark *mark)
{
	mark->self = mark;
	/* the mark is whole before it is shown */
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	__atomic_store_n(&thread->busy, (uintptr_t)mark, __ATOMIC_RELAXED);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
}

static inline void thread_leave(void)
{
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	__atomic_store_n(&thread->busy, 0, __ATOMIC_RELAXED);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
}

#endif
