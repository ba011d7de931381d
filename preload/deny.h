/*
 * Deny mode: a Python makes no new bytecode.  What it compiles fails with EROFS, as on a
 * read-only file system, where it would be written, and no __pycache__ is made for it.
 * Reading and deleting work; what moves, copies or unpacks caches works too, and programs
 * in which no Python is loaded do nothing else.  As union.h, without a shadow.
 */
#ifndef PYCSHIM_DENY_H
#define PYCSHIM_DENY_H

#include "attributes.h"
#include "call.h"

/* Decide a call that is covered, before it is made. */
void deny_call(struct call *call) NONNULL;
void deny_pair(struct call_pair *pair) NONNULL;

/*
 * Learn from a call that was made whether this thread compiles or copies; `error`: its
 * errno.  A move is a rename or a link that has succeeded; a listing is about to begin.
 */
void deny_learn(const struct call *call, int error) NONNULL;
void deny_learn_move(const struct call_pair *pair) NONNULL;
void deny_learn_listing(const char *path) NONNULL;

#endif
