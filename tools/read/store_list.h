/* SPDX-License-Identifier: MIT */
/*
 * Lists what a store holds (include/store.h), by names and sizes alone: no entry is opened.
 * Used by the commands of `pycstat store`.
 *
 * Programs may fill the store meanwhile.  Nothing in it is trusted: names that are no
 * entry's are counted and left alone, and no symbolic link is followed below the store.
 */
#ifndef PYCSHIM_STORE_LIST_H
#define PYCSHIM_STORE_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attributes.h"
#include "store.h"

struct store_item {
	struct store_key key;
	int64_t bytes;
	int64_t disk_bytes; /* what the file takes on the disk */
	int64_t used_ns;    /* when it was used last, since the epoch */
};

/* An entry that was being written. */
struct store_leftover {
	char *name; /* relative to the store */
	int64_t bytes;
	int64_t changed_ns;
};

struct store_list {
	int fd; /* the store's directory */
	struct store_item *item;
	size_t count, room;
	struct store_leftover *leftover;
	size_t leftover_count, leftover_room;
	uint64_t others; /* what is neither an entry nor a leftover */
	int64_t bytes, disk_bytes, leftover_bytes; /* sums */
	bool untrusted; /* somebody else owns or can write a directory of it */
	int error;	/* errno of a directory that could not be read; 0: none */
};

/* Open the store at `path`.  Returns 0 or -errno. */
int store_list_open(struct store_list *list, const char *path) MUST_CHECK NONNULL;

/* Read all names.  What cannot be read is left out; list->error then says why. */
void store_list_read(struct store_list *list) NONNULL;

void store_list_close(struct store_list *list) NONNULL;

/*
 * Open the directory HH of this name ("HH/...") in the store.  Returns a descriptor, which
 * the caller closes, or -errno.
 */
int store_list_part(const struct store_list *list, const char *name) MUST_CHECK NONNULL;

/*
 * Read an entry's name, which is in the directory `part` ("HH").  Returns false if it is not
 * the name of an entry.  Pure.
 */
bool store_name_read(struct store_key *key, const char *part,
		     const char *name) MUST_CHECK NONNULL;

/* The same for the name of an entry that is being written.  Pure. */
bool store_name_is_leftover(const char *part, const char *name) MUST_CHECK NONNULL;

#endif
