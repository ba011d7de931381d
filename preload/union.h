/*
 * The union view: what a program sees of the places in the file system and the shadow
 * together, as overlayfs shows a lower and an upper directory.
 *
 * The rules: the shadow first; a whiteout hides what is in place; whatever would create
 * or change goes to the shadow (a file that is only in place is copied there before); a
 * removal is done in place where that is allowed, and is a whiteout where not.
 *
 * Every function takes a call on a path of ours, whose canonical absolute name is in
 * call_path(), and decides it: done in the shadow, or to be made by the real
 * function, in place or elsewhere (call.h).
 */
#ifndef PYCSHIM_UNION_H
#define PYCSHIM_UNION_H

#include "attributes.h"
#include "call.h"

/* A call on one path. */
void union_call(struct call *call) NONNULL;

/* A rename or link; one of the two paths may be none of ours (covered is false). */
void union_pair(struct call_pair *pair) NONNULL;

#endif
