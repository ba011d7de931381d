/*
 * The compile bracket: from the end of reading a source to the next file operation of
 * that thread, in CPU time of the thread.
 *
 * CPython and PyPy stat the source right after a compile (_calc_mode, for the pyc's
 * permissions): that is an exact end mark.  Under -B nothing marks the end, and the next
 * call on a path, whatever it is about, or the end of the program gives an upper bound
 * (another thread's calls may make it miss plain ones).  A compile may import a codec in
 * its middle; so brackets nest, and what passes between the first and the last operation
 * inside one is not counted for it.
 */
#ifndef PYCSHIM_BRACKET_H
#define PYCSHIM_BRACKET_H

#include <stdbool.h>
#include <stdint.h>

#include "attributes.h"
#include "descriptor.h"
#include "thread.h"

/*
 * A source was read to its end: its compile begins.  Its slot keeps the path; one that is
 * closed (DESCRIPTOR_BRACKET) is dropped when the bracket ends.
 */
void bracket_begin(uint64_t key, struct descriptor *source);

/*
 * A file operation of this thread, on a path with this key: it may end a bracket.
 * `source`: the path if it is a source's, else NULL.  Key 0: one that ends none exactly.
 */
void bracket_touch(uint64_t key, const char *source);

/* Does this thread's latest bracket wait for its first operation? */
static inline bool bracket_waits(void)
{
	return unlikely(thread->brackets) &&
	       !thread->bracket[thread->brackets - 1].first_ns;
}

#endif
