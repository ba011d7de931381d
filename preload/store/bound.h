/* SPDX-License-Identifier: MIT */
/*
 * How the store stays within PYCSHIM_STORE_MAX.  STORE/sizes counts the bytes of each of the
 * 256 directories.  When their sum is above the limit, the process that has put an entry looks
 * at directories, one after the other, until it has seen enough entries, and removes those of
 * them that were used longest ago.  So in a small store these are the oldest of all; in a large
 * one the oldest of many.  No daemon is needed, and a start that compiles nothing pays nothing.
 *
 * Called by directory.c.  Any thread, on our own stack.
 */
#ifndef PYCSHIM_STORE_BOUND_H
#define PYCSHIM_STORE_BOUND_H

#include <stdint.h>

/* One of the directories of the store has grown by so many bytes. */
void bound_grown(int store, unsigned part, int64_t bytes);

#endif
