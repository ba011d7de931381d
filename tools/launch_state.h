/*
 * STATE, the directory where the library keeps what has no other place.  Called by
 * launch_summary.c and launch_places.c.
 */
#ifndef PYCSHIM_LAUNCH_STATE_H
#define PYCSHIM_LAUNCH_STATE_H

#include "attributes.h"

/*
 * The first of $XDG_RUNTIME_DIR/pycshim, /dev/shm/pycshim-UID and /tmp/pycshim-UID that
 * can be made or is there already, this user's or root's, and closed to all others: the
 * library's own rule, which must find the same one.  The caller frees; NULL if none.
 */
char *state_directory(void) MUST_CHECK;

#endif
