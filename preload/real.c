/*
 * See real.h.
 */
#include "real.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>

#include "symbols.h"

/* Where the linker put this library: it tells our own entry in the list of objects. */
extern const ElfW(Ehdr) __ehdr_start __attribute__((visibility("hidden")));

/* What stands in for a function that no loaded libc has. */
#define HOOK(kind, type, failure, operation, name, ...)                                       \
	static type missing_##name(void)                                                      \
	{                                                                                     \
		errno = ENOSYS;                                                               \
		return failure;                                                               \
	}
#include "hooks.def"
#undef HOOK

static const struct row {
	const char *name;
	void *missing;
} rows[REAL_COUNT] = {
#define HOOK(kind, type, failure, operation, name, ...) {#name, (void *)missing_##name},
#include "hooks.def"
#undef HOOK
};

struct search {
	const char *name;
	bool behind_us;
	void *found;
};

static int search_object(struct dl_phdr_info *info, size_t size, void *argument)
{
	struct search *search = argument;
	struct symbols object;

	(void)size;
	if (!search->behind_us)
		search->behind_us = info->dlpi_addr == (ElfW(Addr)) &__ehdr_start;
	else if (symbols_of(&object, info) == 0)
		search->found = symbols_function(&object, search->name);
	return search->found != NULL;
}

void real_find(enum real_index index)
{
	struct search search = {.name = rows[index].name};
	void **slot = (void **)&real + index;

	dl_iterate_phdr(search_object, &search);
	if (!search.found)
		search.found = rows[index].missing;
	__atomic_store_n(slot, search.found, __ATOMIC_RELAXED);
}

void real_find_all(void)
{
	unsigned index;

	for (index = 0; index < REAL_COUNT; index++)
		real_find((enum real_index)index);
}

struct python {
	unsigned long long loads; /* how many objects were ever loaded */
	bool found;
};

static int look_for_python(struct dl_phdr_info *info, size_t size, void *argument)
{
	struct python *python = argument;
	struct symbols object;

	if (size >= offsetof(struct dl_phdr_info, dlpi_subs) && info->dlpi_adds == python->loads)
		return 1;
	if (symbols_of(&object, info) < 0)
		return 0;
	python->found = symbols_function(&object, "Py_Initialize") ||
			symbols_function(&object, "pypy_execute_source");
	return python->found;
}

static int count_loads(struct dl_phdr_info *info, size_t size, void *argument)
{
	if (size >= offsetof(struct dl_phdr_info, dlpi_subs))
		*(unsigned long long *)argument = info->dlpi_adds;
	return 1;
}

bool real_python_is_loaded(void)
{
	static unsigned long long looked_at;
	struct python python = {.loads = __atomic_load_n(&looked_at, __ATOMIC_RELAXED)};
	unsigned long long loads = 0;

	dl_iterate_phdr(count_loads, &loads);
	dl_iterate_phdr(look_for_python, &python);
	if (!python.found)
		__atomic_store_n(&looked_at, loads, __ATOMIC_RELAXED);
	return python.found;
}
