/* SPDX-License-Identifier: MIT */
/*
 * Reads the names in a directory by getdents64(), without libc's streams.
 *
 * Called by view/.  Any thread, also in a signal handler.
 */
#ifndef PYCSHIM_LISTING_H
#define PYCSHIM_LISTING_H

#include <stdbool.h>
#include <stdint.h>

#include "attributes.h"

/* struct linux_dirent64, as getdents64(2) returns it. */
struct listing_entry {
	uint64_t inode;
	int64_t offset;
	uint16_t size;
	uint8_t type; /* DT_REG etc., as in dirent.h */
	char name[];
};

/*
 * Call `each` for every name but "." and "..", until it returns false.  Returns 0 or
 * -errno.  Does not allocate memory.
 */
int listing_each(int fd, bool (*each)(const struct listing_entry *entry, void *argument),
		 void *argument) NONNULL_ARGS(2);

#endif
