/* SPDX-License-Identifier: MIT */
/*
 * Support for programs built with AddressSanitizer, whose runtime is a shared library.
 *
 * The runtime ends the program if another library precedes it in the list of loaded
 * objects (AsanCheckDynamicRTPrereqs in compiler-rt/lib/asan/asan_linux.cpp), because
 * that library might define malloc() ahead of the runtime.  A preloaded library always
 * comes first.  Ours defines only its hooks, and each of them calls the next definition,
 * which is the runtime's.  So we switch off the check in the way that the runtime offers:
 * it calls __asan_default_options() (sanitizer/asan_interface.h) before it reads
 * ASAN_OPTIONS.  If the program itself defines this function, ours is not called; then
 * the launcher must preload the runtime first.
 *
 * Called only by that runtime, once, before any constructor.
 */
#ifndef __SANITIZE_ADDRESS__ /* for our own build with ASan, the runtime is preloaded */

#include <link.h>
#include <stdbool.h>
#include <string.h>

#include "host/symbols.h"

__attribute__((visibility("default"))) const char *__asan_default_options(void);

static bool is_this_library(const struct dl_phdr_info *info)
{
	return symbols_dynamic(info->dlpi_addr, info->dlpi_phdr, info->dlpi_phnum) ==
	       own_dynamic;
}

/* Decide by the first library besides ours, as the runtime's own check does. */
static int visit_for_runtime(struct dl_phdr_info *info, size_t size, void *argument)
{
	bool *runtime_is_first = argument;
	const char *name = info->dlpi_name;

	(void)size;
	/* skip the program itself, and the kernel's vDSO */
	if (!name || !*name || strncmp(name, "linux-", 6) == 0 || is_this_library(info))
		return 0;
	*runtime_is_first = strstr(name, "libasan.so") ||
			    strstr(name, "libclang_rt.asan");
	return 1;
}

/* If the runtime would have ended the program without us, too, give no options. */
const char *__asan_default_options(void)
{
	bool runtime_is_first = false;

	dl_iterate_phdr(visit_for_runtime, &runtime_is_first);
	return runtime_is_first ? "verify_asan_link_order=0" : "";
}

#endif
