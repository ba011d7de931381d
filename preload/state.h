/*
 * The files of our own: the state directory, the recording in it, and what may be
 * trusted.  Bytecode is code, so a place counts only if nobody else can have made or
 * changed it; checked by descriptor, never by name.
 */
#ifndef PYCSHIM_STATE_H
#define PYCSHIM_STATE_H

#include <sys/types.h>

#include "attributes.h"

/*
 * Open the state directory: the first of $XDG_RUNTIME_DIR/pycshim, /dev/shm/pycshim-UID,
 * /tmp/pycshim-UID that can be made or is there, and is trustworthy.  One that is there
 * and is not is named once on standard error; a $XDG_RUNTIME_DIR that is not this user's
 * own directory is passed over.  Returns a descriptor, or -errno.
 */
int state_open_directory(void) MUST_CHECK;

/*
 * Open the recording, twice: *append with O_APPEND for events, *totals for rewriting
 * the totals in place.  Both are above the numbers that programs use.  0, or -errno; a
 * recording that the user named and that cannot be opened, and a default one that is
 * none, is named on standard error, once.
 */
int state_open_recording(int *append, int *totals) MUST_CHECK NONNULL;

/* 0 if the descriptor is of this type, ours or root's, and without these permissions. */
int state_check_trust(int fd, mode_t type, unsigned forbidden) MUST_CHECK;

/*
 * 0 if what the descriptor is open on lies on the file system of `name` in `directory`
 * ("." or ".."); -EXDEV: another one is mounted there.  A FUSE file system, which users may
 * mount, shows whatever owners and permissions its maker likes.
 */
int state_check_mount(int fd, int directory, const char *name) MUST_CHECK NONNULL;

/* Move a descriptor out of the way of the host; takes it over.  The new one, or -errno. */
int state_move_high(int fd) MUST_CHECK;

/*
 * Name something that is wrong on standard error, once in a run of processes: neither
 * fork children nor, if the user is the same, programs that a Python started repeat it.
 */
void state_complain(const char *subject, const char *path, const char *why) NONNULL COLD;

/* The recording that the user named is empty, and has no room for its first record. */
void state_complain_of_room(void) COLD;

/* Called when the process becomes active, before it can have children. */
void state_start(void) COLD;

#endif
