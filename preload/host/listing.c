/* SPDX-License-Identifier: MIT */
/*
 * See listing.h.
 */
#include "host/listing.h"

#include "host/scratch.h"
#include "host/sys.h"

#define BLOCK_BYTES 2048

int listing_each(int fd, bool (*each)(const struct listing_entry *entry, void *argument),
		 void *argument)
{
	SCRATCH(char, block, BLOCK_BYTES);
	const struct listing_entry *entry;
	long bytes, at;

	while ((bytes = SYS3(getdents64, fd, block, BLOCK_BYTES)) > 0)
		for (at = 0; at < bytes; at += entry->size) {
			entry = (const struct listing_entry *)(block + at);
			if (entry->name[0] == '.' &&
			    (!entry->name[1] ||
			     (entry->name[1] == '.' && !entry->name[2])))
				continue;
			if (!each(entry, argument))
				return 0;
		}
	return (int)bytes;
}
