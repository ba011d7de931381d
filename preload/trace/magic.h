/* SPDX-License-Identifier: MIT */
/*
 * The magic number of the interpreter in this process.  It is learnt from the pycs that
 * the interpreter uses or writes, so it is right also for an interpreter that no table
 * knows.  Until then the table of pyc_header.c gives a first guess for the tags that it
 * has.
 *
 * Called by trace*.c.  Any thread, also in a signal handler.  A race costs a guess at
 * worst.
 */
#ifndef PYCSHIM_MAGIC_H
#define PYCSHIM_MAGIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attributes.h"

/*
 * The magic number that the interpreter expects in a pyc with this tag; 0 when it is not
 * known yet.  `tag_length` is 0 for a pyc without a tag.  `stream`: the pyc is read
 * through stdio, as only CPython 2.7 does.
 */
unsigned magic_expected(const char *tag, size_t tag_length, bool stream) NONNULL;

/* Has the magic number been learnt? */
bool magic_is_known(void);

/* The interpreter wrote, or took, a pyc that begins with `header`: learn from it. */
void magic_learn(const uint8_t header[4]) NONNULL;

/*
 * Three things that a thread does; their order tells whether it used a pyc.
 *
 * magic_read_pyc(): it has read a pyc to its end, and the pyc's source exists.
 * magic_read_source(): it opens a source.  If this is the source of that pyc, nothing is
 * learnt: the pyc was not used, or its header alone did not decide.  magic_looks_up(): it
 * looks for the next pyc.  So the pyc before was used: learn its magic.
 *
 * `key` is pyc_path_key(), which is the same for a pyc and its source.
 */
void magic_read_pyc(uint64_t key, const uint8_t header[4]) NONNULL;
void magic_read_source(uint64_t key);
void magic_looks_up(void);

#endif
