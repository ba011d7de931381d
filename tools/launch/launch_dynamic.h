/* SPDX-License-Identifier: MIT */
/*
 * Reads the dynamic section of a program for this machine: which libraries it needs, and
 * which symbols it defines or uses.  The file is not trusted: every offset and size is
 * checked.
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
	char *strings; /* the string table and a NUL after it */
	size_t bytes;  /* without that NUL */
};

/*
 * Read the dynamic section of the ELF file `fd`.  Returns 0, -ENOENT if there is none,
 * -EBADMSG if it is invalid, or the -errno of a read.  After 0 the caller frees `strings`.
 */
int dynamic_read(int fd, struct dynamic *dynamic) MUST_CHECK NONNULL;

/* The first needed library whose name begins with `prefix`; NULL if there is none. */
const char *dynamic_needed(const struct dynamic *dynamic,
			   const char *prefix) MUST_CHECK NONNULL;

/* Does the program define or use this symbol? */
bool dynamic_has_name(const struct dynamic *dynamic, const char *name) MUST_CHECK NONNULL;

#endif
