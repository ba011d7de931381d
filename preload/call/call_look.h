/* SPDX-License-Identifier: MIT */
/*
 * Finding out what a call is about, which is the first thing that happens to it.
 * Called by call.c.  Any thread, any context, but no vfork child; raw system calls only.
 */
#ifndef PYCSHIM_CALL_LOOK_H
#define PYCSHIM_CALL_LOOK_H

#include <stdbool.h>

#include "attributes.h"
#include "host/call_data.h"

/* A path that stands for the file that the descriptor itself is open on. */
extern const char call_itself[];

/* A path that does not exist: for what is hidden, or has no directory. */
extern const char call_nowhere[];

/*
 * Fills in what the call is about, with its absolute path in call->buffer.  False if the path
 * has no absolute form, or if that cannot be found out.
 */
bool call_look(struct call *call, int dirfd, const char *path) MUST_CHECK NONNULL_ARGS(1);

/*
 * The same for the name of a source, and in trace mode of a pyc, in a directory that was
 * looked at before.  Needs no I/O, no buffer and little stack.  False: ask call_look().
 */
bool call_look_at_known(struct call *call, const char *path) MUST_CHECK NONNULL;

/*
 * The call has opened a pyc in the shadow, whose directory was found to be private
 * (shadow_is_private()).  Remembers that, so that the next open need not check it again.
 */
void call_look_trusts(const struct call *call) NONNULL;

#endif
