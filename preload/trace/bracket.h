/* SPDX-License-Identifier: MIT */
/*
 * The compile bracket: the CPU time of a thread from the end of reading a source to the
 * thread's next file operation.
 *
 * CPython and PyPy stat the source right after a compile, for the pyc's permissions
 * (_calc_mode in Lib/importlib/_bootstrap_external.py): this is an exact end mark.  Under
 * -B nothing marks the end.  Then the thread's next call on any path, or the end of the
 * program, gives an upper bound.
 *
 * A compile may import a codec before it is done, so brackets nest.  The time between the
 * first and the last file operation inside a bracket is not counted for it.
 *
 * Called by call/, by the wrappers and by trace_lookup.c, when process_gate() has let the
 * call in.  Any thread, also in a signal handler, but no vfork child.
 */
#ifndef PYCSHIM_BRACKET_H
#define PYCSHIM_BRACKET_H

#include <stdbool.h>
#include <stdint.h>

#include "attributes.h"
#include "host/descriptor.h"
#include "host/thread.h"

/*
 * A source was read to its end: open a bracket for its compile.  `key` is the source's
 * pyc_path_key().  `source` is the slot that keeps its path, or NULL; if it is a
 * DESCRIPTOR_BRACKET, the bracket drops it when it ends.
 */
void bracket_begin(uint64_t key, struct descriptor *source);

/*
 * This thread makes a file operation on a path with this key: record what it says about
 * the brackets.  If a bracket has the key, its compile ended exactly here.  `source` is
 * the path when it is a source's, else NULL.  Key 0 ends no bracket exactly.
 */
void bracket_touch(uint64_t key, const char *source);

/* Has this thread made no file operation since its latest bracket began? */
static inline bool bracket_waits(void)
{
	return unlikely(thread->brackets) &&
	       !thread->bracket[thread->brackets - 1].first_ns;
}

#endif
