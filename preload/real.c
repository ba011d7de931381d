/*
 * See real.h.
 */
#include "real.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/auxv.h>

#include "symbols.h"

/* hooks.c has the one that counts; what is tested without the wrappers needs none. */
__attribute__((weak)) struct real real;

/* The last object that the program was started with. */
static const struct link_map *last_at_start;

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
 * The objects that the program was started with are never unloaded, and their list does
 * not change: it can be read without the loader's lock, before any constructor and in a
 * signal handler, and needs no system call.  NULL where the program does not tell where
 * the list is; musl's loader, run as a command, is such a case.
 */
static const struct link_map *first_at_start(void)
{
	const ElfW(Phdr) *headers = (const void *)getauxval(AT_PHDR);
	size_t count = getauxval(AT_PHNUM), i;
	const ElfW(Dyn) * entry;
	uintptr_t base = 0;

	for (i = 0; headers && i < count; i++)
		if (headers[i].p_type == PT_PHDR)
			base = (uintptr_t)headers - headers[i].p_vaddr;
	entry = headers ? symbols_dynamic(base, headers, count) : NULL;
	for (; entry && entry->d_tag != DT_NULL; entry++)
		if (entry->d_tag == DT_DEBUG && entry->d_un.d_ptr)
			return ((const struct r_debug *)entry->d_un.d_ptr)->r_map;
	return NULL;
}

/* The functions of some rows are looked for in the objects behind us. */
struct search {
	unsigned first, end;
	bool behind_us;
	void **found; /* a place for each of them */
};

/* Look in an object for what was not found yet; true: that was all. */
static bool search_object(struct search *search, uintptr_t base,
			  const ElfW(Dyn) * dynamic)
{
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

static int search_loaded(struct dl_phdr_info *info, size_t size, void *argument)
{
	(void)size;
	return search_object(
		argument, info->dlpi_addr,
		symbols_dynamic(info->dlpi_addr, info->dlpi_phdr, info->dlpi_phnum));
}

static void search(unsigned first, unsigned end, void **found)
{
	struct search search = {.first = first, .end = end, .found = found};
	const struct link_map *object = first_at_start();

	if (!object)
		dl_iterate_phdr(search_loaded, &search);
	for (; object; object = object->l_next)
		if (search_object(&search, object->l_addr, object->l_ld) ||
		    object == last_at_start)
			break;
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

/* No loader counts so far; 0 will not do, for musl's count begins there. */
#define LOADS_UNKNOWN (~0ull)

struct python {
	unsigned long long loads;     /* how many objects the loader has loaded so far */
	unsigned long long looked_at; /* ... when we last looked and found no Python */
	bool found;
};

static bool is_python(uintptr_t base, const ElfW(Dyn) * dynamic)
{
	struct symbols object;

	return symbols_of(&object, base, dynamic) == 0 &&
	       (symbols_function(&object, "Py_Initialize") ||
		symbols_function(&object, "pypy_execute_source"));
}

static int look_for_python(struct dl_phdr_info *info, size_t size, void *argument)
{
	struct python *python = argument;

	if (size >= offsetof(struct dl_phdr_info, dlpi_subs)) {
		python->loads = info->dlpi_adds;
		if (python->loads == python->looked_at)
			return 1; /* nothing was loaded since */
	}
	python->found = is_python(
		info->dlpi_addr,
		symbols_dynamic(info->dlpi_addr, info->dlpi_phdr, info->dlpi_phnum));
	return python->found;
}

void real_remember_start(void)
{
	const struct link_map *last = first_at_start();

	while (last && last->l_next)
		last = last->l_next;
	last_at_start = last;
}

bool real_python_is_loaded_at_start(void)
{
	const struct link_map *object = first_at_start();

	if (!object)
		return real_python_is_loaded();
	for (; object; object = object->l_next)
		if (is_python(object->l_addr, object->l_ld))
			return true;
	return false;
}

bool real_python_is_loaded(void)
{
	static unsigned long long looked_at = LOADS_UNKNOWN;
	struct python python = {
		.loads = LOADS_UNKNOWN,
		.looked_at = __atomic_load_n(&looked_at, __ATOMIC_RELAXED)};

	if (last_at_start && !__atomic_load_n(&last_at_start->l_next, __ATOMIC_RELAXED))
		return false; /* nothing was loaded since the start */
	dl_iterate_phdr(look_for_python, &python);
	if (!python.found)
		__atomic_store_n(&looked_at, python.loads, __ATOMIC_RELAXED);
	return python.found;
}
