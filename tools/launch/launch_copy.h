/* SPDX-License-Identifier: MIT */
/*
 * --copy-to: the library and the tools, copied into a directory.  For an init container: the
 * image of a release holds nothing else that could copy them into a volume.  Called by main().
 */
#ifndef PYCSHIM_LAUNCH_COPY_H
#define PYCSHIM_LAUNCH_COPY_H

#include "attributes.h"

/*
 * Copy the library, this program and pycstat into `directory`, which is made if it is not
 * there, and print the path of the library there.  Each file is replaced as a whole: programs
 * that have an older one loaded go on with that.  Exits with 125 at the first failure.
 */
void copy_to(const char *directory, const char *library) NONNULL;

#endif
