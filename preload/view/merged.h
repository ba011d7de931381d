/* SPDX-License-Identifier: MIT */
/*
 * The view of a directory stream: a merged listing has two parts.  The first part is what
 * libc reads from one of the two directories, in place and in the shadow.  The second part
 * is a snapshot of the other one, which this module makes and keeps.  Its memory is mapped,
 * because the host's allocator must not be called.
 *
 * Called by hooks/dirview.c.  Any thread.
 */
#ifndef PYCSHIM_MERGED_H
#define PYCSHIM_MERGED_H

#include <dirent.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "attributes.h"
#include "host/text.h"

#define VIEW_BYTES (16u << 10) /* of a new view; if it is too small, twice as much */

/* A name of the other directory. */
struct entry {
	size_t chained; /* the next entry of its hash chain: an offset in the view, or 0 */
	ino_t inode;	/* as the program sees it */
	uint16_t size;	/* in bytes, up to the next entry */
	uint8_t type;	/* as in dirent.h */
	uint8_t hides;	/* the first part must not show this name */
	uint8_t shown;	/* the second part shows it */
	uint8_t met;	/* the first part has had this name, too */
	char name[];
};

struct view {
	struct view *outgrown; /* the smaller one before it: the host may still use it */
	size_t bytes;	       /* of this mapping */
	size_t used;	       /* bytes of entries */
	size_t next;	       /* the offset of the entry that is shown next */
	unsigned generation;   /* known_generation() before the first part was read */
	bool second;	       /* the first part is at its end */
	bool has_names;	       /* the first part had a name, besides "." and ".." */
	bool shadow_first; /* libc reads the shadow, and the snapshot is of the place */
	bool in_cache;	   /* a __pycache__ or below: every name is covered */
	uint64_t begins;   /* BIT_OF() all names: a filter for names that are not here */
	struct dirent out; /* what readdir() returns of the second part */
	char path[PATH_MAX]; /* canonical, absolute */
	char entries[] __attribute__((aligned(8)));
	/* the heads of the hash chains are at the end of the mapping */
};

/*
 * Makes and fills a view of at least `bytes` bytes.  `path` is the directory's canonical
 * path.  `other` is a descriptor of the other directory, which is closed, or -1 to have it
 * opened.  Returns NULL if there is no memory.  The caller ends with view_release().
 */
struct view *view_make(size_t bytes, const char *path, bool shadow_first, int other);

/* Gives back a view, which may be NULL, with those that it has outgrown. */
void view_release(struct view *view);

/* Opens the other directory: a descriptor, or -errno. */
int view_open_other(const struct view *view) NONNULL MUST_CHECK;

/*
 * Fills the view anew from `fd`, the other directory, which is closed; a negative `fd` is an
 * empty one.  Returns false if the view is too small.
 */
bool view_fill(struct view *view, int fd) NONNULL MUST_CHECK;

/* Returns the entry of this name; NULL if the other directory has none. */
struct entry *view_find(const struct view *view, const char *name) NONNULL MUST_CHECK;

/* Writes the path of a name in the directory to a buffer of PATH_MAX bytes. */
struct text view_path(const struct view *view, const char *name, char *buffer) NONNULL;

/* identity_look() for a name in the directory. */
int view_look(const struct view *view, const char *name,
	      struct stat *status) NONNULL MUST_CHECK;

#endif
