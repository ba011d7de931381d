/* SPDX-License-Identifier: MIT */
/*
 * Opens files of a tree that is not trusted: links do not lead out of its root, and what
 * is no regular file is neither opened nor waited for.  Used by image.c and cmd_image.c.
 */
#ifndef PYCSHIM_IMAGE_OPEN_H
#define PYCSHIM_IMAGE_OPEN_H

#include <stdbool.h>
#include <sys/stat.h>

#include "attributes.h"

/* The root that absolute paths and links refer to. */
struct image_root {
	int fd;
	bool confined; /* --root was given: links are followed inside it */
};

/* Open a path of the root, absolute or relative to it.  Returns a descriptor or -errno. */
int image_open_path(const struct image_root *root, const char *path,
		    int flags) MUST_CHECK NONNULL;

/*
 * The status of `name` in the directory, links followed.  `path` is the path of the same
 * file below the root.  Returns 0 or -errno.
 */
int image_status(const struct image_root *root, int directory, const char *name,
		 const char *path, struct stat *status) MUST_CHECK NONNULL;

/*
 * Open a regular file for reading, links followed, and fill its status.  Returns a
 * descriptor, or -errno; -EINVAL: it is no regular file.
 */
int image_open_file(const struct image_root *root, int directory, const char *name,
		    const char *path, struct stat *status) MUST_CHECK NONNULL;

/*
 * Open the __pycache__ of a directory, which may be a link, as it may be for an interpreter.
 * `path` is that of the __pycache__.  Returns a descriptor or -errno.
 */
int image_open_cache(const struct image_root *root, int directory,
		     const char *path) MUST_CHECK NONNULL;

#endif
