/* SPDX-License-Identifier: MIT */
/*
 * Our own files: the state directory, the recording in it, and the checks whether a place
 * can be trusted.  Bytecode is code, so we use a place only if no other user can have
 * made or changed it.  This is checked by descriptor and never by name (TOCTOU).
 *
 * Called by activate.c and recorder.c, and by view/ for the shadow.  Any thread, also in
 * a signal handler, but one at a time (turn.h).
 */
#ifndef PYCSHIM_STATE_H
#define PYCSHIM_STATE_H

#include <sys/stat.h>
#include <sys/types.h>

#include "attributes.h"

/*
 * Open the state directory: the first of $XDG_RUNTIME_DIR/pycshim, /dev/shm/pycshim-UID
 * and /tmp/pycshim-UID that exists or can be made, and is trustworthy.  A directory that
 * exists and is not trustworthy is reported once on standard error.  A $XDG_RUNTIME_DIR
 * that is not this user's own directory is skipped silently.  Returns a descriptor, which
 * the caller closes, or -errno.
 */
int state_open_directory(void) MUST_CHECK;

/*
 * Open the recording twice: *append with O_APPEND for events, *totals (or -errno) for
 * rewriting the totals in place.  Both numbers are above those that programs use.
 * Returns 0 or -errno.  A failure is reported once on standard error if the user has
 * named the recording, or if another file lies in the default place.
 */
int state_open_recording(int *append, int *totals) MUST_CHECK NONNULL;

/*
 * Returns 0 if the descriptor's file has this type (S_IFDIR, S_IFREG), belongs to this
 * user or root, and has none of the `forbidden` permissions.  Else -errno.
 */
int state_check_trust(int fd, mode_t type, unsigned forbidden) MUST_CHECK;

/* The same, and fills in the status. */
int state_look_trusted(int fd, mode_t type, unsigned forbidden,
		       struct stat *status) MUST_CHECK NONNULL;

/*
 * Returns 0 if the file of `fd` lies on the same file system as `name` ("." or "..") in
 * `directory`, -EXDEV if another one is mounted there, or another -errno.  Users may
 * mount a FUSE file system, which shows any owners and permissions that its author likes.
 */
int state_check_mount(int fd, int directory, const char *name) MUST_CHECK NONNULL;

/*
 * Move a descriptor to a high number, away from those of the host.  Closes `fd`.  Returns
 * the new descriptor, or -errno; an -errno given as `fd` is returned.
 */
int state_move_high(int fd) MUST_CHECK;

/*
 * Report something wrong on standard error, once for all: fork children do not repeat it,
 * nor do programs that a Python of the same user has started.
 */
void state_complain(const char *subject, const char *path, const char *why) NONNULL COLD;

/* Report that the recording which the user named has no room for its first record. */
void state_complain_of_room(void) COLD;

/* Called by activate.c when the process becomes active, before it can have children. */
void state_start(void) COLD;

/*
 * Set the real path of the shadow's root, for the recording.  The string must stay in
 * memory unchanged.
 */
void state_tell_root(const char *path) NONNULL;

/* The path that was set, or "". */
const char *state_root(void) MUST_CHECK;

#endif
