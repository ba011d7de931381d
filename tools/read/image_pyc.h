/* SPDX-License-Identifier: MIT */
/*
 * Judges one pyc as its interpreter would, from the pyc's content and the source's status.
 * Used by image.c, in one thread.
 */
#ifndef PYCSHIM_IMAGE_PYC_H
#define PYCSHIM_IMAGE_PYC_H

#include <stdbool.h>
#include <stdint.h>

#include "attributes.h"
#include "read/image_open.h"

/* Where a pyc is. */
struct image_place {
	int directory;	  /* that of the pyc */
	int parent;	  /* that of the source */
	const char *name; /* of the pyc in its directory */
	const char *path; /* of the pyc */
	const char *parent_path;
};

enum image_state { IMAGE_VALID, IMAGE_STALE, IMAGE_UNREADABLE };

struct image_pyc {
	enum image_state state;
	unsigned reason; /* STALE_*, of a stale one */
	bool damaged;	 /* stale, because its code is not whole */
	bool hash_based;
	uint32_t magic;	 /* of a valid one, if that of its tag is not known; else 0 */
	bool is_lost;	 /* the source is a link that leads nowhere, or no file */
	bool is_foreign; /* beside its source, and not of Python 2 */
	uint32_t uid, source_uid, mode;
	int64_t bytes, disk_bytes;
	int64_t source_bytes, source_mtime;
};

/* `source` is the name of the source; `tag` is "" for a pyc beside it. */
void image_pyc_judge(struct image_pyc *pyc, const struct image_root *root,
		     const struct image_place *place, const char *source,
		     const char *tag) NONNULL;

/* The size of a pyc; 0 if it is not a regular file. */
int64_t image_pyc_bytes(const struct image_root *root,
			const struct image_place *place) MUST_CHECK NONNULL;

#endif
