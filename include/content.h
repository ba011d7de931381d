/* SPDX-License-Identifier: MIT */
/*
 * The hash of a content: BLAKE3, 256 bits, which nobody can make collide.  Two sources with
 * the same hash are the same source.
 *
 * The code is the official C implementation (Makefile, BLAKE3).  It runs in any thread, also
 * in a signal handler: no allocation, no I/O, errno untouched.  It needs some 8 KiB of stack.
 */
#ifndef PYCSHIM_CONTENT_H
#define PYCSHIM_CONTENT_H

#include <stddef.h>
#include <stdint.h>

#include "attributes.h"

#define CONTENT_BYTES 32

struct content {
	uint8_t hash[CONTENT_BYTES];
};

/* Look at the processor once, before other threads hash. */
void content_prepare(void);

/* A content that comes in parts. */
struct content_parts {
	uint64_t state[239];
};

void content_begin(struct content_parts *parts) NONNULL;
void content_add(struct content_parts *parts, const void *bytes, size_t count)
	NONNULL_ARGS(1);
void content_end(const struct content_parts *parts, struct content *content) NONNULL;

/* All at once. */
void content_of(struct content *content, const void *bytes, size_t count) NONNULL_ARGS(1);

/* 64 bits of the hash of a content, to find out whether it is damaged. */
uint64_t content_check(const void *bytes, size_t count);

#endif
