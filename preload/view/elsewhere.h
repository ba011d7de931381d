/* SPDX-License-Identifier: MIT */
/*
 * Calls that libc makes itself, on the shadow's file.
 * Called by union*.c.  Any thread, any context, but no vfork child; raw system calls only.
 */
#ifndef PYCSHIM_ELSEWHERE_H
#define PYCSHIM_ELSEWHERE_H

#include "attributes.h"
#include "host/call_data.h"

/*
 * Decides that libc makes the call on the shadow's file: writes a name of it to call->path.
 * Returns 0, or -errno: as shadow_hold(), and -ENAMETOOLONG, after which the call is made in
 * place.
 *
 * The root's name is written before the absolute path, where call->buffer has room for it,
 * so that call->absolute stays valid.
 */
int elsewhere_name(struct call *call) NONNULL;

#endif
