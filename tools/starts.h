/*
 * Which processes belong to one start: a process tree whose root's parent is not in the
 * recording.  What advice promises is per start.
 * Called by stats.c when all is read.  Pure but for memory.
 */
#ifndef PYCSHIM_STARTS_H
#define PYCSHIM_STARTS_H

#include "attributes.h"
#include "tables.h"

/* Fill `parent` and `start` of each process.  Returns the number of starts. */
unsigned starts_find(struct tables *tables) MUST_CHECK NONNULL;

#endif
