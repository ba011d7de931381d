/* SPDX-License-Identifier: MIT */
/*
 * Deny mode: Python makes no new bytecode.  What it compiles fails with EROFS when it would
 * be written, as on a read-only file system, and no __pycache__ is made for it.  Reading,
 * removing, moving, copying and unpacking caches works.  A program without a Python in it
 * can do everything.
 *
 * The functions decide a call as those of union.h do, but there is no shadow.
 * Called by call/, deny_learn_listing() by hooks/.  Any thread, any context; raw system calls
 * only.
 */
#ifndef PYCSHIM_DENY_H
#define PYCSHIM_DENY_H

#include "attributes.h"
#include "host/call_data.h"

/* Decides a covered call, and a pair in which at least one path is covered. */
void deny_call(struct call *call) NONNULL;
void deny_pair(struct call_pair *pair) NONNULL;

/*
 * Learns from what this thread has done whether it compiles or copies (path/compiling.h):
 * from a call that has ended with the errno `error`, from a rename or link that has
 * succeeded, and from the directory that it is about to list.
 */
void deny_learn(const struct call *call, int error) NONNULL;
void deny_learn_move(const struct call_pair *pair) NONNULL;
void deny_learn_listing(const char *path) NONNULL;

#endif
