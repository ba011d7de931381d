/* SPDX-License-Identifier: MIT */
/*
 * The names in one directory, sorted.  Used by image.c.
 */
#ifndef PYCSHIM_IMAGE_NAMES_H
#define PYCSHIM_IMAGE_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "attributes.h"

struct image_names {
	char **name;
	size_t count, capacity;
};

/*
 * Read a directory, whose descriptor stays open.  Returns 0 or -errno; the names are to be
 * freed in either case.
 */
int image_names_read(struct image_names *names, int fd) MUST_CHECK NONNULL;
bool image_names_have(const struct image_names *names,
		      const char *name) MUST_CHECK NONNULL;
void image_names_free(struct image_names *names) NONNULL;

#endif
