/* SPDX-License-Identifier: MIT */
/*
 * Remembers which file this thread could not write completely: a write failed or was
 * short.  CPython before gh-126606 renames such a pyc into place all the same, and the
 * next start fails.
 *
 * Called by trace/ and call/.  Any thread, also in a signal handler.
 */
#ifndef PYCSHIM_WHOLE_H
#define PYCSHIM_WHOLE_H

#include <sys/types.h>

/*
 * A write to this file on this thread ended with this errno.  0 forgets an earlier error
 * of this file: the rest has been written now, or the file is a new one with an old inode
 * number.
 */
void whole_note(dev_t device, ino_t inode, int error);

/* The errno because of which the file is incomplete; 0 if no such error is known. */
int whole_error(dev_t device, ino_t inode);

#endif
