/*
 * The files of our own: the state directory, the recording in it, and what may be
 * trusted.  Bytecode is code, so a place counts only if nobody else can have made or
 * changed it; checked by descriptor, never by name.
 */
#ifndef PYCSHIM_STATE_H
#define PYCSHIM_STATE_H

#include "attributes.h"

/*
 * Open the state directory: the first of $XDG_RUNTIME_DIR/pycshim, /dev/shm/pycshim-UID,
 * /tmp/pycshim-UID that can be made or is there, and is trustworthy.  One that is there
 * and is not is named once on standard error.  Returns a descriptor, or -errno.
 */
int state_open_directory(void) MUST_CHECK;

/*
 * Open the recording, twice: *append with O_APPEND for events, *totals for rewriting
 * the totals in place.  Both are above the numbers that programs use.  0, or -errno; a
 * recording that the user named and that cannot be opened is named on standard error,
 * once.
 */
int state_open_recording(int *append, int *totals) MUST_CHECK NONNULL;

#endif
