/* SPDX-License-Identifier: MIT */
/*
 * What bytecode a tree of files holds, found without running anything: sources and pycs
 * are counted by package and interpreter.  Memory grows with the packages and with the
 * largest directory, and by eight bytes for each file that pip or dpkg lists.  Used by cmd_image.c.
 */
#ifndef PYCSHIM_IMAGE_H
#define PYCSHIM_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attributes.h"
#include "pyc_header.h"
#include "read/image_open.h"
#include "read/image_owner.h"
#include "read/image_tally.h"
#include "read/progress.h"

#define IMAGE_TAG_BYTES 32
#define IMAGE_TAG_2 "cpython-27" /* whose pycs have no tag in their names */

/* The verdicts on pycs of one level of optimisation. */
struct image_optimised {
	int64_t valid, stale, unreadable;
};

/* The pyc's name has .opt-1 (-O), .opt-2 (-OO), or another level; that of a .pyo is unknown. */
enum image_level { IMAGE_LEVEL_OTHER, IMAGE_LEVEL_1, IMAGE_LEVEL_2, IMAGE_LEVELS };

/* What was found of some pycs. */
struct image_pycs {
	int64_t valid, stale, unreadable;
	int64_t damaged; /* of the stale: their code is not whole */
	int64_t hash_based;
	int64_t stale_reasons[STALE_COUNT];
	int64_t bytes, disk_bytes;
	struct image_optimised optimised[IMAGE_LEVELS]; /* in none of the counts above */
};

/* The pycs of one interpreter in one package. */
struct image_count {
	char tag[IMAGE_TAG_BYTES];
	struct image_pycs pycs;
	struct image_tally mtimes; /* of the sources of those that are stale by mtime */
	struct image_tally magics; /* of the valid, where that of the tag is not known */
	int64_t sources;	   /* of these pycs, without the optimised */
	int64_t source_bytes;	   /* of these sources */
	int64_t invalid_source_bytes;		 /* of those whose pyc is not valid */
	int64_t stale_bytes, stale_source_bytes; /* of stale pycs, and their sources */
	int64_t valid_bytes, valid_source_bytes; /* the same of the valid */
};

struct image_package {
	char *name, *directory;
	char own_tag[IMAGE_TAG_BYTES]; /* of lib/pythonX.Y; "": any interpreter's */
	/* The application or other tree that the package is a part of: that of its top. */
	struct image_package *tree;
	/* Of the top: whose pycs lie in the tree outside the interpreters' libraries. */
	char (*tree_tag)[IMAGE_TAG_BYTES];
	size_t tree_tags;
	char library_tag[IMAGE_TAG_BYTES]; /* of the top: of the libraries in the tree */
	bool libraries_differ;
	bool vendored; /* another program's, from which no interpreter imports */
	int64_t sources, source_bytes;
	struct image_count *count;
	size_t counts;
};

/* An interpreter's executable, found by its name. */
struct image_python {
	char tag[IMAGE_TAG_BYTES];
	char *path;
};

/* The magic number of an interpreter that no table knows, learnt from its library. */
struct image_magic {
	char tag[IMAGE_TAG_BYTES];
	uint32_t magic; /* 0: it has no library with pycs */
};

/* A source, as the walk comes to it. */
struct image_source {
	const struct image_package *package;
	int directory; /* that of the source */
	const char *name, *path;
	int64_t bytes;
};

struct image {
	struct image_root root;
	struct progress *progress; /* of the walk, in files; NULL: it is not shown */
	/*
	 * Called with each source, unless it is NULL: in a second walk, which counts no owners.
	 * What it is given is lent.
	 */
	void (*on_source)(void *context, const struct image_source *source);
	void *context; /* its first argument */
	struct image_package **package;
	size_t packages;
	struct image_owners owners;
	struct image_python *python;
	size_t pythons;
	struct image_magic *magic;
	size_t magics;
	int64_t orphaned, orphaned_bytes;
	int64_t sourceless; /* pycs beside which there never is a source: programs */
	int64_t errors;	    /* directories that could not be read */
	char *first_unread;
	int unread_error;  /* errno of the first */
	int64_t no_caches; /* a __pycache__ that is no directory */
	char *first_no_cache;
	int64_t files;
};

/* Add what is below a directory of the root.  Returns 0 or -errno. */
int image_add(struct image *image, const char *path) MUST_CHECK NONNULL;
/* Add the interpreters in a directory of executables. */
void image_find_pythons(struct image *image, const char *path) NONNULL;

/*
 * Learn the magic numbers that no table knows, such as PyPy's, which differ between releases
 * with the same tag.  To be called when all is added.
 */
void image_learn_magics(struct image *image) NONNULL;

void image_free(struct image *image) NONNULL;

#endif
