/*
 * Programs built with AddressSanitizer, whose runtime is a shared library.
 *
 * The runtime ends the program where another library comes before it in the list of
 * loaded objects (AsanCheckDynamicRTPrereqs, compiler-rt/lib/asan/asan_linux.cpp): that
 * library might define malloc() ahead of the runtime.  A preloaded library always comes
 * first.  Ours defines nothing but its hooks, and each passes on to the next definition,
 * which is the runtime's.  So the check is switched off in the way that the runtime
 * offers: it asks __asan_default_options() (sanitizer/asan_interface.h) before it reads
 * ASAN_OPTIONS.  A program that defines this function itself is asked instead of us; the
 * launcher then loads the runtime first.
 *
 * Called by that runtime alone, once, before any constructor.
 */
#ifndef __SANITIZE_ADDRESS__ /* in such a build of our own the runtime is preloaded first */

#include <link.h>
#include <stdbool.h>
#include <string.h>

#include "symbols.h"

__attribute__((visibility("default"))) const char *__asan_default_options(void);

static bool is_own(const struct dl_phdr_info *info)
{
	return symbols_dynamic(info->dlpi_addr, info->dlpi_phdr, info->dlpi_phnum) ==
	       own_dynamic;
}

/* The first library but ours decides, as in the runtime's own check. */
static int look_at_object(struct dl_phdr_info *info, size_t size, void *argument)
{
	bool *runtime_is_first = argument;
	const char *name = info->dlpi_name;

	(void)size;
	/* the program itself, and the kernel's vDSO */
	if (!name || !*name || strncmp(name, "linux-", 6) == 0 || is_own(info))
		return 0;
	*runtime_is_first = strstr(name, "libasan.so") ||
			    strstr(name, "libclang_rt.asan");
	return 1;
}

/* No options where the program would have been ended without us, too. */
const char *__asan_default_options(void)
{
	bool runtime_is_first = false;

	dl_iterate_phdr(look_at_object, &runtime_is_first);
	return runtime_is_first ? "verify_asan_link_order=0" : "";
}

#endif
