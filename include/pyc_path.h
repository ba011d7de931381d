/* SPDX-License-Identifier: MIT */
/*
 * The grammar of pyc names: what a path is to Python's bytecode cache.  Shared by the
 * library, which must decide in nanoseconds, and by pycstat, which names modules.
 *
 *	DIR/__pycache__/STEM.TAG[.OPT].pyc		3.2 and later, PyPy
 *	DIR/STEM.pyc  DIR/STEM.pyo			2.7, compileall -b, sourceless
 *	PREFIX/DIR/STEM.TAG[.OPT].pyc			PYTHONPYCACHEPREFIX
 *	any of them followed by .DIGITS			temporary, while it is written
 *
 * (CPython: cache_from_source and _write_atomic in Lib/importlib/_bootstrap_external.py;
 * pytest: _pytest/assertion/rewrite.py.)  TAG is free-form and may hold dots.
 *
 * Pure: no I/O, no allocation, errno untouched; any thread, any context.
 */
#ifndef PYCSHIM_PYC_PATH_H
#define PYCSHIM_PYC_PATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "attributes.h"

#define PYCACHE "__pycache__"
#define PYCACHE_LENGTH (sizeof(PYCACHE) - 1)

enum pyc_class {
	PYC_NONE,      /* nothing of ours */
	PYC_SOURCE,    /* x.py */
	PYC_FILE,      /* x.pyc, x.pyo */
	PYC_TEMPORARY, /* x.pyc.DIGITS */
	PYC_CACHE,     /* a __pycache__ itself */
	PYC_INSIDE,    /* anything else below a __pycache__ */
};

/* The length of a path without trailing slashes (but "/" stays). */
size_t pyc_path_trim(const char *path, size_t length);

/* The offset of the last component. */
size_t pyc_path_base(const char *path, size_t length);

bool pyc_path_ends(const char *path, size_t length, const char *suffix,
		   size_t suffix_length);

/* Does [path, path+length) end in .pyc or .pyo, with something before the dot? */
bool pyc_path_is_compiled(const char *path, size_t length);

/* The length without a temporary's .DIGITS; `length` where there is none. */
size_t pyc_path_untemporary(const char *path, size_t length);

/* Is the component that ends at `end` a __pycache__? */
bool pyc_path_is_cache(const char *path, size_t end);

/* The end of the first __pycache__ among the components; 0 where there is none. */
size_t pyc_path_cache_end(const char *path, size_t length);

/* Is there a __pycache__ among the components before `end`? */
bool pyc_path_below_cache(const char *path, size_t end);

/* What a path of `length` bytes is. */
enum pyc_class pyc_path_class(const char *path, size_t length);

/* FNV-1a over the bytes [from, to). */
uint32_t pyc_path_hash(const char *path, size_t from, size_t to);

/* The module's part of a key, of a name that begins at `base`. */
uint32_t pyc_path_stem_hash(const char *path, size_t base, size_t length);

/* The directory's part, of one that ends at `end`. */
uint32_t pyc_path_directory_hash(const char *path, size_t end);

/* A key of both, see pyc_path_key(). */
static inline uint64_t pyc_key(uint32_t directory_hash, uint32_t stem_hash)
{
	return (uint64_t)directory_hash << 32 | stem_hash;
}

/*
 * A key that a source, its pyc and its temporaries share: hashes of the directory's
 * name and of the module's.  It correlates the neighbouring calls of one thread, also
 * under PYTHONPYCACHEPREFIX, and is too weak for anything else.  The key of a
 * __pycache__ itself has its directory and no module.
 */
uint64_t pyc_path_key(const char *path, size_t length);

/*
 * Where a source, or a pyc beside it, is: a hash of its whole directory.  For what a key
 * is too weak: tools that copy trees touch many files of equal names.
 */
uint32_t pyc_path_place(const char *path, size_t length);

/* The directory's part of a key. */
static inline uint32_t pyc_key_directory(uint64_t key)
{
	return (uint32_t)(key >> 32);
}

/* The parts of a pyc's last component, as offsets into the path. */
struct pyc_path_parts {
	size_t base;	 /* where the last component begins */
	size_t stem_end; /* where the module's name ends */
	size_t tag;	 /* where the tag begins; 0: untagged */
	size_t tag_end;
	size_t name_end; /* where .pyc begins, behind the tag's optimisation */
	bool in_cache;	 /* the directory is a __pycache__ */
};

/* Take the path of a PYC_FILE or PYC_TEMPORARY apart. */
struct pyc_path_parts pyc_path_split(const char *path, size_t length);

#endif
