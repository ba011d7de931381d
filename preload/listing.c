/*
 * See listing.h.
 */
#include "listing.h"

#include <stdint.h>

#include "scratch.h"
#include "sys.h"

#define BLOCK_BYTES 2048

struct kernel_entry { /* linux_dirent64 */
	uint64_t inode;
	int64_t offset;
	uint16_t size;
	uint8_t type;
	char name[];
};

int listing_each(int fd,
		 bool (*each)(const char *name, unsigned char type, void *argument),
		 void *argument)
{
	SCRATCH(char, block, BLOCK_BYTES);
	const struct kernel_entry *entry;
	long bytes, at;

	while ((bytes = SYS3(getdents64, fd, block, BLOCK_BYTES)) > 0)
		for (at = 0; at < bytes; at += entry->size) {
			entry = (const struct kernel_entry *)(block + at);
			if (entry->name[0] == '.' &&
			    (!entry->name[1] ||
			     (entry->name[1] == '.' && !entry->name[2])))
				continue;
			if (!each(entry->name, entry->type, argument))
				return 0;
		}
	return (int)bytes;
}
