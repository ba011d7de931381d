/* SPDX-License-Identifier: MIT */
/*
 * Finds functions of a loaded object in the object's own symbol tables, without dlsym().
 *
 * Called by loaded.c, sanitizer.c and hooks/real.c.  Pure: reads the object's memory
 * only; any thread, also in a signal handler or before any constructor.
 */
#ifndef PYCSHIM_SYMBOLS_H
#define PYCSHIM_SYMBOLS_H

#include <elf.h>
#include <link.h>
#include <stdint.h>

#include "attributes.h"

/* Our own dynamic section, which tells us from the other objects in the list. */
extern const ElfW(Dyn) own_dynamic[] __asm__("_DYNAMIC")
	__attribute__((visibility("hidden")));

struct symbols {
	uintptr_t base;
	const ElfW(Sym) * table;
	const char *strings;
	const uint32_t *gnu_hash;
	const uint32_t *sysv_hash;
	const uint16_t *versions; /* NULL: the object has no versions */
};

/* The dynamic section of an object loaded at `base`, by its program headers; or NULL. */
const ElfW(Dyn) *
	symbols_dynamic(uintptr_t base, const ElfW(Phdr) * headers, size_t count);

/*
 * Fill in `object` from the dynamic section of an object that is loaded at `base`.
 * Returns 0, or -ENOENT if the object has no symbol table.
 */
int symbols_of(struct symbols *object, uintptr_t base,
	       const ElfW(Dyn) * dynamic) MUST_CHECK;

/*
 * The address of a function that the object exports, or NULL.  If the function has
 * several versions, the default one is taken; if all are old ones, one of those.
 */
void *symbols_function(const struct symbols *object, const char *name);

#endif
