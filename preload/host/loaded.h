/* SPDX-License-Identifier: MIT */
/*
 * The objects that the dynamic linker has loaded, and whether a Python is one of them.
 *
 * Called by activate.c, gate.c and hooks/real.c.  Any thread, also in a signal handler;
 * the functions for the start are for the constructor.
 */
#ifndef PYCSHIM_LOADED_H
#define PYCSHIM_LOADED_H

#include <link.h>
#include <stdbool.h>
#include <stdint.h>

#include "attributes.h"

/* Called by the constructor: remember which objects the program was started with. */
void loaded_remember_start(void) COLD;

/* Called for each object in the order of loading, until it returns true. */
typedef bool loaded_visitor(uintptr_t base, const ElfW(Dyn) * dynamic, void *argument);

/* Visit the objects that the program was started with, including us.  Takes no lock. */
void loaded_each_at_start(loaded_visitor *visit, void *argument) NONNULL_ARGS(1);

/*
 * Is a Python interpreter among the loaded objects?  It is recognised by the functions of
 * its embedding interface (CPython's or PyPy's), not by its file name.  Makes no system
 * call.  Costs one load from memory until the first dlopen(); from then on it takes a
 * lock of the dynamic linker.
 */
bool loaded_has_python(void);

/* The same for the constructor, without a lock. */
bool loaded_has_python_at_start(void) COLD;

#endif
