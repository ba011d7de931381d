/*
 * See whole.h.  The latest ones are kept: from a failed write to the rename it is only a
 * few calls.  Races between threads lose an entry at worst.
 */
#include "whole.h"

#define KEPT 32

static struct {
	dev_t device;
	ino_t inode;
	int error; /* 0: free */
} broken[KEPT];

static unsigned next;

void whole_note(dev_t device, ino_t inode, int error)
{
	unsigned i;

	for (i = 0; i < KEPT; i++)
		if (broken[i].error && broken[i].inode == inode &&
		    broken[i].device == device) {
			broken[i].error = error;
			return;
		}
	if (!error)
		return;
	i = __atomic_fetch_add(&next, 1, __ATOMIC_RELAXED) % KEPT;
	broken[i].device = device;
	broken[i].inode = inode;
	broken[i].error = error;
}

int whole_error(dev_t device, ino_t inode)
{
	unsigned i;

	for (i = 0; i < KEPT; i++)
		if (broken[i].error && broken[i].inode == inode &&
		    broken[i].device == device)
			return broken[i].error;
	return 0;
}
