/*
 * The magic number of the interpreter in this process: learnt from the pycs that it used or
 * wrote, so that it is right also for an interpreter that no table knows.  Until then the
 * table in pyc_header.h gives a first guess for the tags that it has.
 *
 * Called by trace*.c.  Any thread, any context; races cost a guess at worst.
 */
#ifndef PYCSHIM_MAGIC_H
#define PYCSHIM_MAGIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attributes.h"

/*
 * What the interpreter expects of a pyc with this tag (length 0: none): its magic number,
 * 0 where it is not known yet.  `stream`: it reads by stdio, as only CPython 2.7 does.
 */
unsigned magic_expected(const char *tag, size_t tag_length, bool stream) NONNULL;

/* Has it been learnt? */
bool magic_is_known(void);

/* The interpreter wrote a pyc that begins so. */
void magic_learn(const uint8_t header[4]) NONNULL;

/*
 * This thread read a pyc to its end, and its source is there.  If it opens the source
 * next, the pyc was not used, or not for its magic alone; if it looks for another pyc
 * next, it was.  `key`: pyc_path_key() of both.
 */
void magic_read_pyc(uint64_t key, const uint8_t header[4]) NONNULL;
void magic_read_source(uint64_t key);
void magic_looks_up(void);

#endif
