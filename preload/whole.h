/*
 * Which files are not whole: a write to them failed or was short.  CPython before its
 * mending (gh-126606) renames such a pyc into place, and the next start dies of it.
 */
#ifndef PYCSHIM_WHOLE_H
#define PYCSHIM_WHOLE_H

#include <sys/types.h>

/* A write on this file gave `error`, 0 for one that went well and mends a short one. */
void whole_note(dev_t device, ino_t inode, int error);

/* Why this file is not whole, an errno; 0 where it is, for all that is known. */
int whole_error(dev_t device, ino_t inode);

#endif
