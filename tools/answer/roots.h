/* SPDX-License-Identifier: MIT */
/*
 * Chooses the arguments of `compileall` so that it makes the pycs of some sources and few
 * others: whole packages, and the files of directories that are no packages.
 * Used by compileall.c and compileall_size.c.  Pure, except that it allocates.
 */
#ifndef PYCSHIM_ROOTS_H
#define PYCSHIM_ROOTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "answer/packages.h"
#include "attributes.h"
#include "read/stats.h"

enum root_kind {
	ROOT_PACKAGE,	/* a directory and all directories below it */
	ROOT_DIRECTORY, /* a directory without those below it: compileall -l */
	ROOT_FILES	/* a few files of a directory */
};

#define ROOT_FILES_MAX 3

struct root {
	char *path; /* the directory */
	enum root_kind kind;
	int64_t weight;			/* the sum of its sources' */
	char *file[ROOT_FILES_MAX + 1]; /* the first of its sources that were added */
	size_t files;
	bool named; /* roots_choose() chose it as an argument */
	UT_hash_handle hh;
};

struct roots {
	struct root *root;
	struct packages packages;
};

/* Find the packages of the recording.  `stats` must stay unchanged as long as roots live. */
void roots_begin(struct roots *roots, const struct stats *stats) NONNULL;
void roots_free(struct roots *roots) NONNULL;

/* Add a source; its weight is what compiling it cost. */
void roots_add(struct roots *roots, const char *source, int64_t weight) NONNULL;

/*
 * Call this after the last source: choose at most `most` of the heaviest roots as
 * arguments, none of which is within another.
 */
void roots_choose(struct roots *roots, size_t most) NONNULL;

/* Does the command make the pyc of this source? */
bool roots_cover(const struct roots *roots, const char *source) MUST_CHECK NONNULL;

/*
 * The chosen arguments as words of a shell: with `flat` those for compileall -l, else the
 * others.  The caller frees the text.
 */
char *roots_words(const struct roots *roots, bool flat) MUST_CHECK NONNULL;

#endif
