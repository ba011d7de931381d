/*
 * Programs built with AddressSanitizer that the library alone cannot speak for.
 *
 * ASan's runtime, a shared library, ends the program where another library is loaded
 * before it, unless it is told not to mind; our library tells it so
 * (preload/sanitizer.c), but is not asked where the program defines
 * __asan_default_options() itself.  For such a program the runtime must stand before our
 * library in LD_PRELOAD.  Not for others: what the program starts would get it, too.
 *
 * Called by main() and launch_check.c.
 */
#ifndef PYCSHIM_LAUNCH_SANITIZER_H
#define PYCSHIM_LAUNCH_SANITIZER_H

#include "attributes.h"
#include "launch_options.h"

/*
 * The path of the runtime that the program at `path`, or the interpreter of a script
 * there, must have first in LD_PRELOAD; NULL for nearly all.  It is the file that the
 * program's dynamic loader finds, which is run to know it.  The caller frees.
 */
char *sanitizer_to_preload(const char *path, const struct launch_options *options,
			   const char *library) MUST_CHECK NONNULL;

#endif
