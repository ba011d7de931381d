/* SPDX-License-Identifier: MIT */
/*
 * What we know of each thread.  Thread-local storage takes room on the thread's stack, so
 * we keep only a pointer there.  The struct itself is in memory that we map, and is taken
 * at the thread's first call behind process_gate().
 *
 * Owned by the thread itself: no other thread reads or writes it, but for `owner`.
 */
#ifndef PYCSHIM_THREAD_H
#define PYCSHIM_THREAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "attributes.h"
#include "path/compiling.h"
#include "path/direct.h"
#include "pyc_header.h"
#include "verdict.h"

/* A source that was read to its end, and probably is being compiled (bracket.h). */
struct bracket {
	uint64_t key;	   /* pyc_path_key() of the source */
	uint64_t began_ns; /* since the epoch: when its reading ended */
	uint64_t begin_ns; /* CPU time of the thread when its reading ended */
	uint64_t first_ns; /* ... at the first file operation after that; 0: none yet */
	uint64_t last_ns;  /* ... at the latest file operation */
	int source;	   /* the descriptor slot that keeps its path, -1: none */
};

#define BRACKET_DEPTH 4
#define THREAD_TURNS 3 /* how deep turns nest (turn.h) */

/* Records that are to be written together (record/batch.h). */
struct batch {
	unsigned bytes; /* taken by finished records, without gaps */
	/* room for a group with paths of about 150 bytes; longer ones take a write more */
	char records[1280] __attribute__((aligned(8)));
};

/* A source that this thread has opened for reading, in redirect mode (identity.h). */
struct opened_source {
	uint64_t hash;	  /* of its absolute path; 0: none */
	int64_t stamp_ns; /* its stamp_of() when it was opened */
	bool imported;	  /* its pyc was looked for just before */
};

/* A compile may import a codec, so the source opened last may be another's. */
#define OPENED_SOURCES 8

/* A file to which a write failed or was short (whole.h). */
struct broken_file {
	dev_t device;
	ino_t inode;
	int error; /* errno; 0: there is no such file */
};

struct own_file;
struct source_hashes;

/* Lies in the stack frame of our call while we are at work (is_inside() in gate.c). */
struct thread_mark {
	const struct thread_mark *self;
};

struct thread {
	int owner; /* tid, 0: free */
	/*
	 * The sources that it has read (source_hash.h), mapped at the first use.  They stay
	 * when the struct is cleared or taken by another thread.
	 */
	struct source_hashes *hashes;
	/*
	 * The address of the thread_mark of our call that this thread is in; 0 outside.
	 * While it is set, calls of the host (by a signal handler) are passed on.  It is
	 * a number and no pointer, because a handler may have jumped out of our call, and
	 * then the mark is gone; is_inside() in gate.c finds out.
	 */
	uintptr_t busy;
	struct turn *turn[THREAD_TURNS]; /* that this thread has, or is trying to take */
	unsigned turns;
	char *scratch;		       /* its block (scratch.h); NULL: none */
	size_t scratch_used;	       /* bytes of the block that are taken */
	const struct own_file *usable; /* found to be so within this call of the host */
	int pid;
	int tid;
	bool shares; /* it may have a child that has this very struct (vfork) */
	/* the source or pyc that this thread has called stat for last */
	uint64_t seen_key; /* its pyc_path_key(), as all keys here; 0: none */
	bool seen_is_source;
	struct pyc_source seen;
	int64_t seen_stamp_ns; /* its stamp_of() */
	/* 2.7 opens the source, through stdio, before it looks for the pyc */
	uint64_t open_source;	  /* the source that it opened last */
	uint64_t missing_source;  /* the source that it could not open */
	uint64_t imported_source; /* the open source whose pyc it looked for */
	struct direct direct;	  /* a pyc that it may load by its own name */
	uint64_t direct_key;	  /* the pyc whose look-up ended with the last call */
	/* pytest calls stat for the source while it has the pyc open */
	uint64_t open_pyc;	/* the pyc that is open */
	uint64_t confirmed_pyc; /* the open pyc whose source it has called stat for */
	/* the pyc looked for last, if in no __pycache__ (PYTHONPYCACHEPREFIX) */
	uint64_t prefix_pyc;
	/* the pyc that was read to its end last (magic.h) */
	uint64_t read_pyc;
	uint32_t read_tag;   /* the hash of its tag */
	unsigned read_magic; /* 0: it tells nothing of the interpreter */
	struct broken_file broken;
	uint64_t
		temporary; /* known_hash() of the temporary file that it made last (union.c) */
	struct opened_source opened_source[OPENED_SOURCES];
	unsigned opened_sources; /* how many there have been */
	uint64_t compiled;	 /* the source whose compile ended last, by an end mark */
	uint64_t compiled_ns;	 /* ... and the CPU time that it took */
	uint64_t compiled_path;	 /* ... and content_check() of its path; 0: not known */
	unsigned unwritten;	 /* sources compiled since it last tried to write a pyc */
	bool hashes_ready;	 /* `hashes` is this thread's */
	/* single flight (store/flight.h) */
	uint64_t leads;	      /* what this thread compiles for others, too; 0: nothing */
	uint64_t leads_key;   /* its pyc_path_key() */
	bool leads_read;      /* its source was opened */
	uint64_t waits_for;   /* what another process compiles; 0: nothing */
	uint64_t waits_bytes; /* the size of its source */
	uint64_t waited_ns;   /* how long it has waited for that; 0: it has not */
	unsigned brackets;
	struct bracket bracket[BRACKET_DEPTH];
	struct compiling compiling; /* used in deny mode only */
	struct verdict_thread verdict;
	struct batch batch; /* events that are not written yet */
};

/*
 * This thread's struct.  Never NULL: before thread_take() it points to thread_nobody,
 * which is all zeros and may only be read.
 */
extern __thread struct thread *thread;
extern struct thread thread_nobody;

/*
 * Give this thread a struct of its own, in the state of a new thread; one that it has
 * already is cleared.  False if there is no memory.  The struct of a thread that has
 * ended is reused.  Any thread, also in a signal handler, but no vfork child.
 */
bool thread_take(int pid, int tid) MUST_CHECK;

/*
 * Begin and end our own work on this thread.  A signal handler must see the thread as
 * busy during all of it.  The fences keep the compiler, which may inline across files
 * (LTO), from moving our work out from between the two.
 */
static inline void thread_enter(struct thread_mark *mark)
{
	mark->self = mark;
	thread->usable = NULL;
	/* a handler must find the mark filled in */
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
