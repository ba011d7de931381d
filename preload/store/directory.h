/* SPDX-License-Identifier: MIT */
/*
 * The store's directory in this process: entries are looked for in it, and put into it.  The
 * format is include/store.h.
 *
 * Without PYCSHIM_STORE, and where the store cannot be trusted, opened or written, all of
 * this does nothing, and the program runs as without a store.
 *
 * Called by store/ and call/.  Any thread, on our own stack; raw system calls only.  Not in a
 * vfork child.
 */
#ifndef PYCSHIM_STORE_DIRECTORY_H
#define PYCSHIM_STORE_DIRECTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attributes.h"
#include "host/config.h"
#include "store.h"

/* Has the user asked for a store? */
static inline bool store_is_wanted(void)
{
	return unlikely(config.store[0] != '\0');
}

/* The store's descriptor, which this opens, and makes the directory; or -errno. */
int store_open(void) MUST_CHECK;

/*
 * Reads the entry of this key into `room`, and notes that it is used now.  Returns its bytes;
 * 0 if there is none that is whole, trusted and fits.
 */
size_t store_get(const struct store_key *key, void *room,
		 size_t bytes) MUST_CHECK NONNULL;

/* What is put into the store. */
struct store_new {
	struct store_key key;
	const char *path; /* of the source */
	const void *code;
	size_t code_bytes;
	uint64_t cpu_ns; /* what compiling took; 0: not known */
};

/*
 * Puts an entry, which replaces one of the same key.  Afterwards the store is at most
 * PYCSHIM_STORE_MAX, or one step nearer to that (bound.h).  False if it could not be kept.
 */
bool store_put(const struct store_new *new) NONNULL;

/* The process has another root directory: closes the store for good. */
void store_give_up(void);

/*
 * A buffer for a source or an entry, of STORE_ROOM bytes, or NULL.  store_room_give() takes
 * it back.
 */
#define STORE_ROOM ((size_t)1 << 20)
void *store_room_take(void) MUST_CHECK;
void store_room_give(void *room);

#endif
