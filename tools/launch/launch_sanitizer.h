/* SPDX-License-Identifier: MIT */
/*
 * Finds programs for which the runtime of AddressSanitizer must be preloaded, too.
 *
 * ASan's shared runtime ends the program if another library is loaded before it, unless
 * verify_asan_link_order=0 is set.  Our library sets that by defining
 * __asan_default_options() (preload/host/sanitizer.c), but a program's own definition takes
 * precedence.  For such a program the runtime must come before our library in LD_PRELOAD.
 * It is not put there for other programs, because their children would get it, too.
 *
 * Called by main() and launch_check.c.
 */
#ifndef PYCSHIM_LAUNCH_SANITIZER_H
#define PYCSHIM_LAUNCH_SANITIZER_H

#include "attributes.h"
#include "launch/launch_options.h"

/*
 * Return the path of the runtime that must be first in LD_PRELOAD for the program at
 * `path`, or for the interpreter of a script there; NULL for nearly all programs.  The
 * program's dynamic loader is run to find it.  The caller frees.
 */
char *sanitizer_to_preload(const char *path, const struct launch_options *options,
			   const char *library) MUST_CHECK NONNULL;

#endif
