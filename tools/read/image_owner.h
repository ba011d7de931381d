/* SPDX-License-Identifier: MIT */
/*
 * Who made the pycs of an image, and who can write them.  pip lists the pycs that it makes in
 * the RECORD of each package; Debian's py3compile makes those of the sources that dpkg lists;
 * all others come from imports or other tools.  Used by image.c.
 *
 * Of each listed path only a hash is kept, eight bytes.
 */
#ifndef PYCSHIM_IMAGE_OWNER_H
#define PYCSHIM_IMAGE_OWNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attributes.h"
#include "read/image_names.h"
#include "read/image_pyc.h"

enum image_maker { IMAGE_BY_OTHERS, IMAGE_BY_PIP, IMAGE_BY_DPKG };

/* The pycs that one user owns and one tool has made. */
struct image_owner {
	uint32_t uid;
	enum image_maker by;
	int64_t pycs;
	int64_t unwritable; /* in a directory that this user cannot write */
	int64_t roots;	    /* of root, and the source is another user's */
	int64_t everybodys; /* anybody can write or replace it */
};

/* Paths, by their hashes. */
struct image_paths {
	uint64_t *slot; /* 0: free */
	size_t slots, count;
};

struct image_owners {
	struct image_owner *owner;
	size_t count;
	struct image_owner total;
	struct image_paths recorded, listed; /* pycs of pip, sources of dpkg */
	bool has_listed;		     /* dpkg's lists were read */
	char *here; /* what begins relative paths; NULL: not yet known */
};

/* Read the RECORD of each package that pip has installed in a directory. */
void image_owners_read_records(struct image_owners *owners, const struct image_root *root,
			       const struct image_names *names, const char *path) NONNULL;

/* Count a pyc, whose source's name is `source`. */
void image_owners_add(struct image_owners *owners, const struct image_root *root,
		      const struct image_place *place, const struct image_pyc *pyc,
		      const char *source) NONNULL;
void image_owners_free(struct image_owners *owners) NONNULL;

#endif
