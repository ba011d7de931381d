/* SPDX-License-Identifier: MIT */
/*
 * Does the program load a pyc that it reads, or does it archive the pyc, hash it, or look
 * at its header only?  The sequence of reads tells.
 *
 * Called by trace_lookup.c.  No I/O, errno untouched; any thread, also in a signal
 * handler.
 */
#ifndef PYCSHIM_LOADER_H
#define PYCSHIM_LOADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attributes.h"
#include "host/descriptor.h"

/*
 * Is the first read a loader's?  It asked for `wanted` bytes and got `bytes` bytes into
 * `data`, or -1.
 */
bool loader_reads(const struct descriptor *descriptor, const uint8_t *data, size_t wanted,
		  long bytes) MUST_CHECK NONNULL_ARGS(1);

/* Is the first read zipimport's, which asks whether the file is an archive? */
bool loader_looks_for_archive(const struct descriptor *descriptor, size_t wanted,
			      long bytes) MUST_CHECK NONNULL;

/* The pyc is about to be closed: has it been loaded? */
bool loader_has_read(const struct descriptor *descriptor) MUST_CHECK NONNULL;

#endif
