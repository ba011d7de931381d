/* SPDX-License-Identifier: MIT */
/*
 * Estimates how many bytes a compileall command would add to a disk.  Reads the directories
 * that the command names, and opens no file.  Used by compileall.c.
 */
#ifndef PYCSHIM_COMPILEALL_SIZE_H
#define PYCSHIM_COMPILEALL_SIZE_H

#include <stdbool.h>
#include <stdint.h>

#include "answer/roots.h"
#include "attributes.h"
#include "read/pyc_size.h"
#include "read/tables.h"

/*
 * The size of the pycs with this ending (".cpython-311.opt-1.pyc"; 2.7: ".pyc") that do not
 * exist yet, each in whole blocks: as the recording knows it, else estimated.  -1: a
 * directory cannot be read or is too large.
 */
int64_t compileall_size(const struct roots *roots, const struct tables *tables,
			const char *ending,
			const struct pyc_size *size) MUST_CHECK NONNULL;

#endif
