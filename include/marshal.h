/* SPDX-License-Identifier: MIT */
/*
 * Judges whether the body of a pyc is a complete code object, by its bytes in marshal's
 * format.  No Python object is made.
 *
 * Called by trace_lookup.c and by pycstat's image_pyc.c.  Pure: no I/O, no allocation, errno
 * untouched; any thread, also in a signal handler.
 */
#ifndef PYCSHIM_MARSHAL_H
#define PYCSHIM_MARSHAL_H

#include <stddef.h>
#include <stdint.h>

#include "attributes.h"

enum marshal_body {
	MARSHAL_UNKNOWN, /* too little of the body was seen, or its format is not known */
	MARSHAL_WHOLE,
	MARSHAL_DAMAGED, /* the code object is cut short, or the body is something else */
};

/*
 * Judge a body of `bytes` bytes as the interpreter with this magic number reads it.  Only
 * the first `seen` bytes are at `body`.
 */
enum marshal_body marshal_judge(const uint8_t *body, size_t seen, uint64_t bytes,
				unsigned magic) NONNULL;

/*
 * The same for a body that was seen whole.  It is read to its end even where the end looks
 * like that of a module, which takes longer, but nothing that is cut short passes.
 */
enum marshal_body marshal_judge_all(const uint8_t *body, size_t bytes,
				    unsigned magic) NONNULL;

#endif
