/*
 * What to name to `compileall` so that it makes the pycs of some sources and few others:
 * packages as a whole, and of a directory that is no package its files alone.
 * Used by compileall.c; roots_library_length() by packages.c.  Pure but for memory.
 */
#ifndef PYCSHIM_ROOTS_H
#define PYCSHIM_ROOTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attributes.h"
#include "stats.h"

enum root_kind {
	ROOT_PACKAGE,	/* a directory with all that is below */
	ROOT_DIRECTORY, /* a directory without what is below: compileall -l */
	ROOT_FILES	/* a few files of a directory */
};

#define ROOT_FILES_MAX 3

struct root {
	char *path; /* the directory */
	enum root_kind kind;
	int64_t weight;
	char *file[ROOT_FILES_MAX +
		   1]; /* its sources that were added, the first of them */
	size_t files;
	bool named; /* by roots_choose() */
	UT_hash_handle hh;
};

struct package_directory;

struct roots {
	struct root *root;
	struct package_directory *packages; /* that the recording knows */
};

/*
 * The length of a source's path up to the library it is in: a site-packages or
 * dist-packages, or a Python's own lib/pythonX.Y.  0: in none.
 */
size_t roots_library_length(const char *source) NONNULL;

/* Learn which directories are packages: those whose __init__.py the recording names. */
void roots_begin(struct roots *roots, const struct stats *stats) NONNULL;
void roots_free(struct roots *roots) NONNULL;

/* Count in a source of some weight. */
void roots_add(struct roots *roots, const char *source, int64_t weight) NONNULL;

/*
 * After the last source: mark the heaviest as named, `most` at the most, of which none is
 * within another.
 */
void roots_choose(struct roots *roots, size_t most) NONNULL;

/* Is this source's pyc made by compiling what is named? */
bool roots_cover(const struct roots *roots, const char *source) MUST_CHECK NONNULL;

/* Those that are named, of a directory without what is below or not, as a shell's words. */
char *roots_words(const struct roots *roots, bool flat) MUST_CHECK NONNULL;

#endif
