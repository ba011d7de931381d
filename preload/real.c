/*
 * See real.h.
 */
#include "real.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>

#include "symbols.h"
#include "sys.h"

/* hooks.c has the one that counts; what is tested without the wrappers needs none. */
__attribute__((weak)) struct real real;

/* Where the linker put this library: it tells our own entry in the list of objects. */
extern const ElfW(Ehdr) __ehdr_start __attribute__((visibility("hidden")));

/* What stands in for a function that no loaded libc has. */
#define HOOK(kind, type, failure, operation, name, ...)                                  \
	static type missing_##name(void)                                                 \
	{                                                                                \
		errno = ENOSYS;                                                          \
		return failure;                                                          \
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

/*
 * dl_iterate_phdr() takes a lock.  A signal handler that comes while this thread takes it
 * would wait for it forever, although it is a recursive one.
 */
static void iterate(int (*callback)(struct dl_phdr_info *, size_t, void *),
		    void *argument)
{
	uint64_t all = ~(uint64_t)0, before = 0;
	long error = SYS4(rt_sigprocmask, SIG_BLOCK, &all, &before, sizeof(all));

	dl_iterate_phdr(callback, argument);
	if (!error)
		SYS4(rt_sigprocmask, SIG_SETMASK, &before, NULL, sizeof(before));
}

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
		search->behind_us = info->dlpi_addr == (ElfW(Addr)) & __ehdr_start;
	else if (symbols_of(&object, info) == 0)
		search->found = symbols_function(&object, search->name);
	return search->found != NULL;
}

void real_find(enum real_index index)
{
	struct search search = {.name = rows[index].name};
	void **slot = (void **)&real + index;

	iterate(search_object, &search);
	if (!search.found)
		search.found = rows[index].missing;
	__atomic_store_n(slot, search.found, __ATOMIC_RELAXED);
}

struct search_all {
	bool behind_us;
	void *found[REAL_COUNT];
};

static int search_object_for_all(struct dl_phdr_info *info, size_t size, void *argument)
{
	struct search_all *search = argument;
	struct symbols object;
	unsigned index;

	(void)size;
	if (!search->behind_us)
		search->behind_us = info->dlpi_addr == (ElfW(Addr)) & __ehdr_start;
	else if (symbols_of(&object, info) == 0)
		for (index = 0; index < REAL_COUNT; index++)
			if (!search->found[index])
				search->found[index] = symbols_function(&object,
									rows[index].name);
	return 0;
}

void real_find_all(void)
{
	struct search_all search = {.behind_us = false};
	void **slots = (void **)&real;
	unsigned index;

	iterate(search_object_for_all, &search);
	for (index = 0; index < REAL_COUNT; index++)
		__atomic_store_n(&slots[index],
				 search.found[index] ? search.found[index]
						     : rows[index].missing,
				 __ATOMIC_RELAXED);
}

/* No loader counts so far; 0 will not do, for musl's count begins there. */
#define LOADS_UNKNOWN (~0ull)

struct python {
	unsigned long long loads;     /* how many objects the loader has loaded so far */
	unsigned long long looked_at; /* ... when we last looked and found no Python */
	bool found;
};

static int look_for_python(struct dl_phdr_info *info, size_t size, void *argument)
{
	struct python *python = argument;
	struct symbols object;

	if (size >= offsetof(struct dl_phdr_info, dlpi_subs)) {
		python->loads = info->dlpi_adds;
		if (python->loads == python->looked_at)
			return 1; /* nothing was loaded since */
	}
	if (symbols_of(&object, info) < 0)
		return 0;
	python->found = symbols_function(&object, "Py_Initialize") ||
			symbols_function(&object, "pypy_execute_source");
	return python->found;
}

/* The last object that the program was started with: those are never unloaded. */
static const struct link_map *last_at_start;

static int find_last(struct dl_phdr_info *info, size_t size, void *argument)
{
	const ElfW(Dyn) *entry = NULL;
	const struct r_debug *debug = NULL;
	int i;

	(void)size;
	(void)argument;
	for (i = 0; i < info->dlpi_phnum; i++)
		if (info->dlpi_phdr[i].p_type == PT_DYNAMIC)
			entry = (const void *)(info->dlpi_addr +
					       info->dlpi_phdr[i].p_vaddr);
	for (; entry && entry->d_tag != DT_NULL; entry++)
		if (entry->d_tag == DT_DEBUG)
			debug = (const void *)entry->d_un.d_ptr;
	if (debug)
		for (last_at_start = debug->r_map;
		     last_at_start && last_at_start->l_next;)
			last_at_start = last_at_start->l_next;
	return 1; /* the first object is the program */
}

void real_remember_start(void)
{
	iterate(find_last, NULL);
}

bool real_python_is_loaded(void)
{
	static unsigned long long looked_at = LOADS_UNKNOWN;
	struct python python = {
		.loads = LOADS_UNKNOWN,
		.looked_at = __atomic_load_n(&looked_at, __ATOMIC_RELAXED)};

	if (python.looked_at != LOADS_UNKNOWN && last_at_start &&
	    !__atomic_load_n(&last_at_start->l_next, __ATOMIC_RELAXED))
		return false; /* nothing came since */
	iterate(look_for_python, &python);
	if (!python.found)
		__atomic_store_n(&looked_at, python.loads, __ATOMIC_RELAXED);
	return python.found;
}
