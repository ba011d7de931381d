/* SPDX-License-Identifier: MIT */
/*
 * Makes a store smaller: removes what was used longest ago, and what interrupted writes
 * left behind.  Programs may fill and use the store meanwhile: an entry that is used after
 * it was listed stays.  Used by `pycstat store prune`.
 */
#ifndef PYCSHIM_STORE_PRUNE_H
#define PYCSHIM_STORE_PRUNE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attributes.h"
#include "read/store_list.h"

struct store_prune {
	/* what to do */
	int64_t max_bytes;    /* what may be left */
	int64_t unused_since; /* remove what was not used since then, in ns; 0: nothing */
	int64_t now_ns;
	bool dry_run; /* only count */

	/* what was done */
	int64_t removed, removed_bytes; /* entries */
	int64_t leftovers, leftover_bytes;
	int64_t entries, bytes; /* what is left */
	int error; /* errno of what could not be removed or written; 0: none */
};

/* Do it.  Sorts the items of `list` by their time of use. */
void store_prune(struct store_prune *prune, struct store_list *list) NONNULL;

#endif
