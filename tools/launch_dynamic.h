/*
 * What the dynamic section of a program says that is for this machine: which libraries it
 * needs, and which names it defines or uses.  Any bytes may be in the file: every offset
 * and size is checked.
 *
 * Called by launch_sanitizer.c.
 */
#ifndef PYCSHIM_LAUNCH_DYNAMIC_H
#define PYCSHIM_LAUNCH_DYNAMIC_H

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>

#include "attributes.h"

#define DYNAMIC_ENTRIES_MAX 1024 /* real programs have about 30 */

struct dynamic {
	size_t count;
	Elf64_Dyn entries[DYNAMIC_ENTRIES_MAX];
	char *strings; /* `bytes` of them and a NUL */
	size_t bytes;
};

/*
 * Read the dynamic section of the file `fd`, an ELF file for this machine.  Returns 0,
 * -ENOENT where there is none, -EBADMSG where it makes no sense, or a read's -errno.
 * After 0 the caller frees `strings`.
 */
int dynamic_read(int fd, struct dynamic *dynamic) MUST_CHECK NONNULL;

/* The first library that it needs whose name begins so; NULL where there is none. */
const char *dynamic_needed(const struct dynamic *dynamic,
			   const char *prefix) MUST_CHECK NONNULL;

/* Does it define or use that symbol? */
bool dynamic_has_name(const struct dynamic *dynamic, const char *name) MUST_CHECK NONNULL;

#endif
