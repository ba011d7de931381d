/* SPDX-License-Identifier: MIT */
/*
 * Groups processes into starts.  A start is a process tree whose root's parent is not in
 * the recording.  Advice promises savings per start.
 *
 * A start is ready when its last compile has ended.  What compiled on the way there delayed
 * it: the process that did that compile, and the processes that it descends from, each
 * until it began the next one.  struct process' critical_until_ns says so.
 * Called by stats.c after the last record.  Pure, except that it allocates.
 */
#ifndef PYCSHIM_STARTS_H
#define PYCSHIM_STARTS_H

#include "attributes.h"
#include "read/tables.h"

/*
 * Set `parent`, `start`, `number` and `critical_until_ns` of each process.  Returns
 * the number of starts.
 */
unsigned starts_find(struct tables *tables) MUST_CHECK NONNULL;

#endif
