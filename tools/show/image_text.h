/* SPDX-License-Identifier: MIT */
/*
 * Prints what `pycstat image` found, as text and as JSON.  Used by cmd_image.c.
 */
#ifndef PYCSHIM_IMAGE_TEXT_H
#define PYCSHIM_IMAGE_TEXT_H

#include <stddef.h>

#include "answer/image_advice.h"
#include "answer/image_cost.h"
#include "attributes.h"
#include "read/image.h"

/* What the text about an image is written from. */
struct image_view {
	const char *root; /* as given; NULL: / */
	const struct image *image;
	const struct image_cost *cost;
	const struct image_advice *advice;
	size_t advice_count;
	size_t top;	/* how many packages; 0: all */
	size_t workers; /* processes that each compile; at least 1 */
};

void image_print_text(const struct image_view *view) NONNULL;
void image_print_json(const struct image_view *view) NONNULL;

/* "1", "2" or "other". */
const char *image_level_name(enum image_level level);

/* "pip" or "dpkg"; NULL: imports or other tools. */
const char *image_maker_name(enum image_maker by);

/* The advice in words.  The caller frees it. */
char *image_advice_text(const struct image_view *view,
			const struct image_advice *advice) MUST_CHECK NONNULL;

#endif
