/* SPDX-License-Identifier: MIT */
/*
 * See whole.h.
 *
 * One file for each thread is enough: CPython writes a pyc and renames it on one thread,
 * and writes no other pyc in between.
 */
#include "host/whole.h"

#include "host/thread.h"

static bool is_noted(dev_t device, ino_t inode)
{
	return thread->broken.error && thread->broken.inode == inode &&
	       thread->broken.device == device;
}

void whole_note(dev_t device, ino_t inode, int error)
{
	if (error || is_noted(device, inode))
		thread->broken = (struct broken_file){device, inode, error};
}

int whole_error(dev_t device, ino_t inode)
{
	return is_noted(device, inode) ? thread->broken.error : 0;
}
