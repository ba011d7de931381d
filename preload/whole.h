/*
 * Which file of this thread is not whole: a write to it failed or was short.  CPython
 * before its fix (gh-126606) renames such a pyc into place, and the next start fails.
 */
#ifndef PYCSHIM_WHOLE_H
#define PYCSHIM_WHOLE_H

#include <sys/types.h>

/*
 * A write to this file on this thread ended with `error`.  0: it went well, and makes up
 * for a short one before it; or the file is new, and an old one had its inode number.
 */
void whole_note(dev_t device, ino_t inode, int error);

/* Why the file is not whole, an errno; 0 where nothing of that kind is known. */
int whole_error(dev_t device, ino_t inode);

#endif
