/*
 * Whether the body of a pyc is a code object that is whole, told from its bytes as marshal
 * reads them, without making an object of any.
 *
 * Pure: no I/O, no allocation, errno untouched; any thread, any context.
 */
#ifndef PYCSHIM_MARSHAL_H
#define PYCSHIM_MARSHAL_H

#include <stddef.h>
#include <stdint.h>

#include "attributes.h"

enum marshal_body {
	MARSHAL_UNKNOWN, /* too little of it was seen, or its format is not known */
	MARSHAL_WHOLE,
	MARSHAL_DAMAGED, /* it ends before the code object does, or is none */
};

/*
 * Judge a body of `bytes`, of which the first `seen` are at `body`, as the interpreter
 * with this magic number reads it.
 */
enum marshal_body marshal_judge(const uint8_t *body, size_t seen, uint64_t bytes,
				unsigned magic) NONNULL;

#endif
