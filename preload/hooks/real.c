/* SPDX-License-Identifier: MIT */
/*
 * See real.h.
 */
#include "hooks/real.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>

#include "host/loaded.h"
#include "host/symbols.h"

/* hooks.c has the one that counts; what is tested without the wrappers needs none. */
__attribute__((weak)) struct real real;

/* What stands in for a function that no loaded libc has. */
#define HOOK(kind, type, failure, operation, name, ...)                                  \
	static type missing_##name(void)                                                 \
	{                                                                                \
		errno = ENOSYS;                                                          \
		return failure;                                                          \
	}
#include "hooks/hooks.def"
#undef HOOK

static const struct row {
	const char *name;
	void *missing;
} rows[REAL_COUNT] = {
#define HOOK(kind, type, failure, operation, name, ...) {#name, (void *)missing_##name},
#include "hooks/hooks.def"
#undef HOOK
};

/* The functions of some rows are looked for in the objects behind us. */
struct search {
	unsigned first, end;
	bool behind_us;
	void **found; /* a place for each of them */
};

/* Look in an object for what was not found yet; true: that was all. */
static bool search_object(uintptr_t base, const ElfW(Dyn) * dynamic, void *argument)
{
	struct search *search = argument;
	struct symbols object;
	bool all = true;
	unsigned i;

	if (!search->behind_us) {
		search->behind_us = dynamic == own_dynamic;
		return false;
	}
	if (symbols_of(&object, base, dynamic) < 0)
		return false;
	for (i = search->first; i < search->end; i++) {
		void **found = &search->found[i - search->first];

		if (!*found)
			*found = symbols_function(&object, rows[i].name);
		all = all && *found;
	}
	return all;
}

static void search(unsigned first, unsigned end, void **found)
{
	struct search search = {.first = first, .end = end, .found = found};

	loaded_each_at_start(search_object, &search);
}

void real_find(enum real_index index)
{
	void **slot = (void **)&real + index, *found = NULL;

	search(index, index + 1, &found);
	__atomic_store_n(slot, found ? found : rows[index].missing, __ATOMIC_RELAXED);
}

void real_find_all(void)
{
	void *found[REAL_COUNT] = {NULL};
	void **slots = (void **)&real;
	unsigned index;

	search(0, REAL_COUNT, found);
	for (index = 0; index < REAL_COUNT; index++)
		__atomic_store_n(&slots[index],
				 found[index] ? found[index] : rows[index].missing,
				 __ATOMIC_RELAXED);
}
