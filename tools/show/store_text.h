/* SPDX-License-Identifier: MIT */
/*
 * Prints what `pycstat store` found and did, as text and as JSON.  Used by cmd_store.c.
 */
#ifndef PYCSHIM_STORE_TEXT_H
#define PYCSHIM_STORE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "answer/store_prune.h"
#include "answer/store_verify.h"
#include "attributes.h"
#include "read/store_list.h"

/* The entries of one interpreter. */
struct store_share {
	const char *tag; /* with its optimisation; of the list */
	uint32_t magic;
	int64_t entries, bytes;
	int64_t oldest_ns, newest_ns; /* uses */
};

/* What the text about a store is written from. */
struct store_view {
	const char *path;
	const struct store_list *list;
	int64_t max_bytes;
	int64_t now_ns;
	bool has_recording;
	int64_t reused, saved_ns; /* as the recordings tell; 0 without any */
};

void store_print_text(const struct store_view *view) NONNULL;
void store_print_json(const struct store_view *view) NONNULL;

void prune_print_text(const struct store_view *view,
		      const struct store_prune *prune) NONNULL;
void prune_print_json(const struct store_view *view,
		      const struct store_prune *prune) NONNULL;

void verify_print_text(const struct store_view *view,
		       const struct store_verify *verify) NONNULL;
void verify_print_json(const struct store_view *view,
		       const struct store_verify *verify) NONNULL;

/* Sum up by interpreter, most bytes first.  Returns the number; the caller frees *shares. */
size_t store_shares(const struct store_list *list,
		    struct store_share **shares) MUST_CHECK NONNULL;

#endif
