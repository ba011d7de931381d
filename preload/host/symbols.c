/* SPDX-License-Identifier: MIT */
/*
 * See symbols.h.  DT_GNU_HASH is a header of four words, a Bloom filter of machine words,
 * the buckets, and the chains of hash values.
 */
#include "host/symbols.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

/*
 * Set for a version that is not the default one.  Some names have no default version:
 * only programs that were linked long ago import them (__xmknod).
 */
#define VERSION_HIDDEN 0x8000
#define WORD_BITS (sizeof(ElfW(Addr)) * 8)

/* glibc relocates the addresses in a dynamic section; musl and the vDSO do not. */
static const void *dynamic_address(uintptr_t base, ElfW(Addr) address)
{
	return (const void *)(address < base ? address + base : address);
}

const ElfW(Dyn) *
	symbols_dynamic(uintptr_t base, const ElfW(Phdr) * headers, size_t count)
{
	for (; count; count--, headers++)
		if (headers->p_type == PT_DYNAMIC)
			return (const void *)(base + headers->p_vaddr);
	return NULL;
}

int symbols_of(struct symbols *object, uintptr_t base, const ElfW(Dyn) * dynamic)
{
	const ElfW(Dyn) *entry = dynamic;

	*object = (struct symbols){.base = base};
	for (; entry && entry->d_tag != DT_NULL; entry++) {
		const void *address = dynamic_address(base, entry->d_un.d_ptr);

		switch (entry->d_tag) {
		case DT_SYMTAB:
			object->table = address;
			break;
		case DT_STRTAB:
			object->strings = address;
			break;
		case DT_GNU_HASH:
			object->gnu_hash = address;
			break;
		case DT_HASH:
			object->sysv_hash = address;
			break;
		case DT_VERSYM:
			object->versions = address;
			break;
		}
	}
	return object->table && object->strings && (object->gnu_hash || object->sysv_hash)
		       ? 0
		       : -ENOENT;
}

/* Is this symbol an exported function with this name? */
static bool symbol_matches(const struct symbols *object, uint32_t index, const char *name)
{
	const ElfW(Sym) *symbol = &object->table[index];

	return symbol->st_shndx != SHN_UNDEF &&
	       ELF64_ST_TYPE(symbol->st_info) == STT_FUNC &&
	       ELF64_ST_BIND(symbol->st_info) != STB_LOCAL &&
	       strcmp(object->strings + symbol->st_name, name) == 0;
}

static bool symbol_is_default(const struct symbols *object, uint32_t index)
{
	return !(object->versions && object->versions[index] & VERSION_HIDDEN);
}

static uint32_t find_gnu(const struct symbols *object, const char *name)
{
	const uint32_t *table = object->gnu_hash;
	uint32_t buckets = table[0], first = table[1], words = table[2], shift = table[3];
	const ElfW(Addr) *bloom = (const void *)(table + 4);
	const uint32_t *bucket = (const void *)(bloom + words);
	const uint32_t *chain = bucket + buckets - first;
	uint32_t hash = 5381, index, old = 0;
	const unsigned char *at;
	ElfW(Addr) word;

	for (at = (const unsigned char *)name; *at; at++)
		hash = hash * 33 + *at;
	if (buckets == 0 || words == 0)
		return 0;
	word = bloom[hash / WORD_BITS % words];
	if (!(word >> hash % WORD_BITS & word >> (hash >> shift) % WORD_BITS & 1))
		return 0;
	index = bucket[hash % buckets];
	if (index < first)
		return 0;
	for (;; index++) {
		if ((chain[index] | 1) == (hash | 1) &&
		    symbol_matches(object, index, name)) {
			if (symbol_is_default(object, index))
				return index;
			old = index;
		}
		if (chain[index] & 1)
			return old;
	}
}

static uint32_t find_sysv(const struct symbols *object, const char *name)
{
	const uint32_t *table = object->sysv_hash;
	const uint32_t *bucket = table + 2, *chain = bucket + table[0];
	uint32_t hash = 0, index, old = 0;
	const unsigned char *at;

	for (at = (const unsigned char *)name; *at; at++) {
		hash = (hash << 4) + *at;
		hash ^= hash >> 24 & 0xf0;
	}
	hash &= 0x0fffffff;
	for (index = table[0] ? bucket[hash % table[0]] : 0; index; index = chain[index])
		if (symbol_matches(object, index, name)) {
			if (symbol_is_default(object, index))
				return index;
			old = index;
		}
	return old;
}

void *symbols_function(const struct symbols *object, const char *name)
{
	uint32_t index = object->gnu_hash ? find_gnu(object, name)
					  : find_sysv(object, name);

	return index ? (void *)(object->base + object->table[index].st_value) : NULL;
}
