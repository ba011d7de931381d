/*
 * The names in a directory, read from the kernel without libc's streams.
 */
#ifndef PYCSHIM_LISTING_H
#define PYCSHIM_LISTING_H

#include <stdbool.h>

#include "attributes.h"

/*
 * Call `each` for every name but "." and ".." until it returns false.  `type` is as in
 * dirent.h.  Returns 0, or -errno.  No allocation; any context.
 */
int listing_each(int fd,
		 bool (*each)(const char *name, unsigned char type, void *argument),
		 void *argument) NONNULL_ARGS(2);

#endif
