/*
 * What a directory stream shows behind what libc reads: a snapshot of the other one of the
 * two places, the shadow and the file system.  It lies in memory of its own (mmap): the
 * host's allocator is not ours to call.
 * Used by dirview.c; any thread.
 */
#ifndef PYCSHIM_VIEW_H
#define PYCSHIM_VIEW_H

#include <dirent.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "attributes.h"
#include "text.h"

#define VIEW_BYTES (16u << 10) /* of a new view; it grows by doubling */

/* A name of the other place. */
struct entry {
	size_t chained; /* the offset in the view of another of its chain, or 0 */
	ino_t inode;	/* of what is shown */
	uint16_t size;	/* of this entry, to the next one */
	uint8_t type;
	uint8_t hides; /* the name must not be shown from the first part */
	uint8_t shown; /* it is part of the second part */
	uint8_t met;   /* the first part has the name, too */
	char name[];
};

struct view {
	struct view *outgrown; /* what it was before: the host may hold a name of it */
	size_t bytes;	       /* of this mapping */
	size_t used;	       /* of entries */
	size_t next;	       /* in the second part: the entry to be shown next */
	unsigned now;	       /* where_now(), before the first part was read */
	bool second;	       /* libc's part is at its end */
	bool shadow_first;     /* libc reads the shadow, the snapshot is of the place */
	bool in_cache;	       /* all names are ours, not only bytecode's */
	uint64_t begins;       /* BIT_OF() all its names, for most others begin as none */
	struct dirent out;
	char path[PATH_MAX]; /* canonical, absolute */
	char entries[] __attribute__((aligned(8)));
	/* the heads of the chains are at the end of the mapping */
};

/*
 * Make a view of at least so many bytes.  `other`: a descriptor of the other place if that
 * is open, which is closed; -1: none.  NULL where there is no memory.
 */
struct view *view_make(size_t bytes, const char *path, bool shadow_first, int other);

/* Give back a view with those that it has outgrown; NULL is none. */
void view_release(struct view *view);

/* Open the other place: a descriptor, or -errno. */
int view_open_other(const struct view *view) NONNULL MUST_CHECK;

/* Read the other place (again), and close it; false: the view has not room enough. */
bool view_fill(struct view *view, int fd) NONNULL MUST_CHECK;

/* The entry of this name; NULL: the other place has none. */
struct entry *view_find(const struct view *view, const char *name) NONNULL MUST_CHECK;

/* The path of a name in the directory, in a buffer of PATH_MAX bytes. */
struct text view_path(const struct view *view, const char *name, char *buffer) NONNULL;

/* What the shadow says of a name in the directory: see shadow_look(). */
int view_look(const struct view *view, const char *name,
	      struct stat *status) NONNULL MUST_CHECK;

#endif
