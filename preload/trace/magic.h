/* SPDX-License-Identifier: MIT */
/*
 * The magic number of the interpreter in this process, for each tag.  It is learnt from the
 * pycs that the interpreter uses or writes, so it is right also for an interpreter that no
 * table knows.  Until then the table of pyc_header.c gives a first guess for the tags that it
 * has.
 *
 * It is kept by tag because a process may have two interpreters (vim with Python 2 and 3), and
 * a program may read the pycs of others.
 *
 * Called by trace*.c and store/.  Any thread, also in a signal handler.  A race costs a guess
 * at worst.
 */
#ifndef PYCSHIM_MAGIC_H
#define PYCSHIM_MAGIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attributes.h"

/* Stands for the tag of a pyc. */
struct magic_tag {
	uint32_t hash;
	unsigned magic; /* that the table has for it; 0: none */
};

/*
 * The tag of the pyc at `path`, from path[tag] to path[tag_end]; `tag` is 0 if it has none.
 * `stream`: it is read through stdio, as only CPython 2.7 does.
 */
struct magic_tag magic_tag(const char *path, size_t tag, size_t tag_end,
			   bool stream) NONNULL;

/* The magic number that the interpreter expects in such a pyc; 0: not known yet. */
unsigned magic_expected(struct magic_tag tag);

/* Has the interpreter written such a pyc?  Then what is only read tells nothing new. */
bool magic_is_certain(struct magic_tag tag);

/* The interpreter wrote, or took, a pyc that begins with `header`: learn from it. */
void magic_learn(struct magic_tag tag, const uint8_t header[4]) NONNULL;

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
void magic_read_pyc(uint64_t key, struct magic_tag tag, const uint8_t header[4]) NONNULL;
void magic_read_source(uint64_t key);
void magic_looks_up(void);

#endif
