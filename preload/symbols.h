/*
 * Symbols of an object that is loaded, read from its own tables.
 */
#ifndef PYCSHIM_SYMBOLS_H
#define PYCSHIM_SYMBOLS_H

#include <elf.h>
#include <link.h>
#include <stdint.h>

#include "attributes.h"

/* This library's own dynamic section: it tells our entry in the list of objects. */
extern const ElfW(Dyn) own_dynamic[] __asm__("_DYNAMIC")
	__attribute__((visibility("hidden")));

struct symbols {
	uintptr_t base;
	const ElfW(Sym) * table;
	const char *strings;
	const uint32_t *gnu_hash;
	const uint32_t *sysv_hash;
	const uint16_t *versions; /* NULL: none */
};

/* The dynamic section that program headers tell of, of an object loaded at `base`; or NULL. */
const ElfW(Dyn) *
	symbols_dynamic(uintptr_t base, const ElfW(Phdr) * headers, size_t count);

/*
 * Fill `object` from the dynamic section of an object that was loaded at `base`; 0, or
 * -ENOENT without a symbol table.
 */
int symbols_of(struct symbols *object, uintptr_t base,
	       const ElfW(Dyn) * dynamic) MUST_CHECK;

/*
 * The address of a function that the object defines and others may use, in its default
 * version, or in an old one where it has no other; NULL where there is none.  Pure; any
 * context.
 */
void *symbols_function(const struct symbols *object, const char *name);

#endif
