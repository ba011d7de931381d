/* SPDX-License-Identifier: MIT */
/*
 * What to do about the bytecode of an image: the command that makes its pycs, and what
 * leaving all of them out would save and cost.  Used by cmd_image.c.  Pure, except that it
 * allocates.
 */
#ifndef PYCSHIM_IMAGE_ADVICE_H
#define PYCSHIM_IMAGE_ADVICE_H

#include <stddef.h>
#include <stdint.h>

#include "answer/image_cost.h"
#include "attributes.h"

struct image_advice {
	const char *code; /* compileall, reset_times or without */
	char *command;	  /* in a shell's syntax; NULL: none */
	const struct image_row *row;
	int64_t saves_ns;    /* CPU, of one process that imports everything */
	int64_t costs_bytes; /* less than 0: bytes that are saved */
};

/*
 * The advice for each interpreter, the reset times first.  Returns the number; the caller
 * frees with image_advice_free().
 */
size_t image_advise(const struct image_cost *cost,
		    struct image_advice **advice) MUST_CHECK NONNULL;
void image_advice_free(struct image_advice *advice, size_t count);

#endif
