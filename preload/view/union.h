/* SPDX-License-Identifier: MIT */
/*
 * The union view: what a program sees of the place and the shadow together, as overlayfs
 * shows a lower and an upper directory.
 *
 * The rules: the shadow comes first.  A whiteout hides what is in place.  What creates or
 * changes a file acts on the shadow, and a file that is only in place is copied up before.
 * A file is removed in place, or hidden by a whiteout if that is not permitted.
 *
 * The functions of union*.c take a call whose canonical absolute path is call_path(), and
 * decide it: it is done here (call_done()), or libc makes it, in place or on the shadow's
 * file (elsewhere.h).
 *
 * Called by call/.  Any thread, any context; raw system calls only.
 */
#ifndef PYCSHIM_UNION_H
#define PYCSHIM_UNION_H

#include "attributes.h"
#include "host/call_data.h"

/* Decides a covered call with one path. */
void union_call(struct call *call) NONNULL;

#endif
