/* SPDX-License-Identifier: MIT */
/*
 * Writes of our own that must not end the host by a signal.
 *
 * Called by record/append.c, view/shadow.c and say.c.  Any thread, also in a signal
 * handler.
 */
#ifndef PYCSHIM_QUIET_H
#define PYCSHIM_QUIET_H

#include <stddef.h>

#include "attributes.h"

/*
 * write(2), without the signal that the kernel sends to this thread if it fails: SIGXFSZ
 * for a limit on file sizes, SIGPIPE for a pipe without a reader.  Returns what write(2)
 * returns, or -errno.
 */
long quiet_write(int fd, const void *data, size_t bytes, int signal) NONNULL;

#endif
