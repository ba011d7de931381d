/*
 * What call.c keeps for the real call, from call_begin() to call_end().
 */
#ifndef PYCSHIM_CALL_KEEP_H
#define PYCSHIM_CALL_KEEP_H

#include <limits.h>
#include <stdbool.h>

#include "attributes.h"
#include "call.h"
#include "fd_path.h"

/* A name in a directory that is held, with its NUL. */
#define CALL_NAME_BYTES (FD_NAME_BYTES + NAME_MAX + 8)

/* Of a path, a name before it, and a slash behind it. */
#define CALL_PATH_BYTES (CALL_NAME_BYTES + PATH_MAX + 8)

/*
 * Keep the absolute path, and the name that the real call is to be made on, from our own
 * stack until call_end().  False: there is no memory for a long one.
 */
bool call_keep_path(struct call *call) MUST_CHECK NONNULL;

/* Give back what was kept. */
void call_drop_path(struct call *call) NONNULL;

/* Close the directory that is held, if one is. */
void call_release(struct call *call) NONNULL;

#endif
