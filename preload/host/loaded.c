/* SPDX-License-Identifier: MIT */
/*
 * See loaded.h.
 */
#include "host/loaded.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/auxv.h>

#include "attributes.h"
#include "host/symbols.h"

/* The last object that the program was started with. */
static const struct link_map *last_at_start;

/*
 * The first of the objects that the program was started with.  These are never unloaded,
 * so their list can be read without the loader's lock, before any constructor, in a
 * signal handler, and without a system call.  NULL if the program's DT_DEBUG does not say
 * where the list is, for instance when musl's loader is run as a command.
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

struct each {
	loaded_visitor *visit;
	void *argument;
};

static int visit_loaded(struct dl_phdr_info *info, size_t size, void *argument)
{
	const struct each *each = argument;

	(void)size;
	return each->visit(
		info->dlpi_addr,
		symbols_dynamic(info->dlpi_addr, info->dlpi_phdr, info->dlpi_phnum),
		each->argument);
}

void loaded_each_at_start(loaded_visitor *visit, void *argument)
{
	const struct link_map *object = first_at_start();
	struct each each = {visit, argument};

	if (!object)
		dl_iterate_phdr(visit_loaded, &each);
	for (; object; object = object->l_next)
		if (visit(object->l_addr, object->l_ld, argument) ||
		    object == last_at_start)
			break;
}

/* No loader's count gets so high.  0 would not do, because musl's count begins at 0. */
#define LOADS_UNKNOWN (~0ull)

struct python {
	unsigned long long loads;     /* the loader's count of objects loaded so far */
	unsigned long long looked_at; /* that count when we last found no Python */
	bool found;
};

static bool is_python(uintptr_t base, const ElfW(Dyn) * dynamic)
{
	struct symbols object;

	return symbols_of(&object, base, dynamic) == 0 &&
	       (symbols_function(&object, "Py_Initialize") ||
		symbols_function(&object, "pypy_execute_source"));
}

static int visit_for_python(struct dl_phdr_info *info, size_t size, void *argument)
{
	struct python *python = argument;

	if (size >= offsetof(struct dl_phdr_info, dlpi_subs)) {
		python->loads = info->dlpi_adds;
		if (python->loads == python->looked_at)
			return 1; /* nothing has been loaded since then */
	}
	python->found = is_python(
		info->dlpi_addr,
		symbols_dynamic(info->dlpi_addr, info->dlpi_phdr, info->dlpi_phnum));
	return python->found;
}

void loaded_remember_start(void)
{
	const struct link_map *last = first_at_start();

	while (last && last->l_next)
		last = last->l_next;
	last_at_start = last;
}

static bool visit_at_start(uintptr_t base, const ElfW(Dyn) * dynamic, void *argument)
{
	*(bool *)argument = is_python(base, dynamic);
	return *(bool *)argument;
}

bool loaded_has_python_at_start(void)
{
	bool found = false;

	loaded_each_at_start(visit_at_start, &found);
	return found;
}

bool loaded_has_python(void)
{
	static unsigned long long looked_at = LOADS_UNKNOWN;
	struct python python = {
		.loads = LOADS_UNKNOWN,
		.looked_at = __atomic_load_n(&looked_at, __ATOMIC_RELAXED)};

	if (last_at_start && !__atomic_load_n(&last_at_start->l_next, __ATOMIC_RELAXED))
		return false; /* nothing has been loaded since the start */
	dl_iterate_phdr(visit_for_python, &python);
	if (!python.found)
		__atomic_store_n(&looked_at, python.loads, __ATOMIC_RELAXED);
	return python.found;
}
