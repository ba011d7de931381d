/*
 * The names in a directory, read from the kernel without libc's streams.
 */
#ifndef PYCSHIM_LISTING_H
#define PYCSHIM_LISTING_H

#include <stdbool.h>
#include <stdint.h>

#include "attributes.h"

/* As getdents64(2) gives it. */
struct listing_entry {
	uint64_t inode;
	int64_t offset;
	uint16_t size;
	uint8_t type; /* as in dirent.h */
	char name[];
};

/*
 * Call `each` for every name but "." and ".." until it returns false.  Returns 0, or
 * -errno.  No allocation; any context.
 */
int listing_each(int fd, bool (*each)(const struct listing_entry *entry, void *argument),
		 void *argument) NONNULL_ARGS(2);

#endif
