/*
 * Symbols of an object that is loaded, read from its own tables.
 */
#ifndef PYCSHIM_SYMBOLS_H
#define PYCSHIM_SYMBOLS_H

#include <elf.h>
#include <link.h>
#include <stdint.h>

#include "attributes.h"

struct symbols {
	uintptr_t base;
	const ElfW(Sym) * table;
	const char *strings;
	const uint32_t *gnu_hash;
	const uint32_t *sysv_hash;
	const uint16_t *versions; /* NULL: none */
};

/* Fill `object` from what dl_iterate_phdr tells; 0, or -ENOENT without a symbol table. */
int symbols_of(struct symbols *object, const struct dl_phdr_info *info) MUST_CHECK;

/*
 * The address of a function that the object defines and others may use, in its default
 * version, or in an old one where it has no other; NULL where there is none.  Pure; any
 * context.
 */
void *symbols_function(const struct symbols *object, const char *name);

#endif
