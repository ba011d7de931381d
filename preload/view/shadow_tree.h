/* SPDX-License-Identifier: MIT */
/*
 * Removing whole directories of the shadow tree.  `rel` is as in shadow.h.
 * Called by view/ and hooks/.  Any thread, any context; raw system calls only.
 */
#ifndef PYCSHIM_SHADOW_TREE_H
#define PYCSHIM_SHADOW_TREE_H

#include "attributes.h"

/* Removes a directory and everything below it, as far as that may be removed. */
void shadow_drop_tree(const char *rel) NONNULL;

/*
 * The same for a directory whose place is gone.  Does nothing if this user may not write in
 * the shadow's directory.
 */
void shadow_drop_gone(const char *rel) NONNULL;

/* Removes the whiteouts in a directory and below it, because the directory moves. */
void shadow_drop_whiteouts(const char *rel) NONNULL;

#endif
