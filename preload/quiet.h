/*
 * Writing what the host has not written itself, and must not be ended for.
 */
#ifndef PYCSHIM_QUIET_H
#define PYCSHIM_QUIET_H

#include <stddef.h>

#include "attributes.h"

/*
 * A write that may fail with `signal` sent to this thread (SIGXFSZ: a limit on the size of
 * files; SIGPIPE: nobody reads any more), but without the signal.  What write(2) returns,
 * or -errno.  Any thread, any context.
 */
long quiet_write(int fd, const void *data, size_t bytes, int signal) NONNULL;

#endif
