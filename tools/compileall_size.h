/*
 * How many bytes a compileall command would add to a disk.  It reads the directories that
 * the command names, and no file.  Used by compileall.c.
 */
#ifndef PYCSHIM_COMPILEALL_SIZE_H
#define PYCSHIM_COMPILEALL_SIZE_H

#include <stdbool.h>
#include <stdint.h>

#include "attributes.h"
#include "pyc_size.h"
#include "roots.h"

/*
 * The pycs with this ending (".cpython-311.opt-1.pyc"; of 2.7 ".pyc") that are not there
 * yet, each in whole blocks.  -1: a directory could not be read, or is too large.
 */
int64_t compileall_size(const struct roots *roots, const char *ending,
			const struct pyc_size *size) MUST_CHECK NONNULL;

#endif
