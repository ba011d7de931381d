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
static inline size_t pyc_path_trim(const char *path, size_t length)
{
	while (length > 1 && path[length - 1] == '/')
		length--;
	return length;
}

/* The offset of the last component. */
static inline size_t pyc_path_base(const char *path, size_t length)
{
	const char *slash = memrchr(path, '/', length);

	return slash ? (size_t)(slash - path) + 1 : 0;
}

static inline bool pyc_path_ends(const char *path, size_t length, const char *suffix,
				 size_t suffix_length)
{
	return length > suffix_length &&
	       memcmp(path + length - suffix_length, suffix, suffix_length) == 0;
}

/* Does [path, path+length) end in .pyc or .pyo, with something before the dot? */
static inline bool pyc_path_is_compiled(const char *path, size_t length)
{
	return length > 4 && memcmp(path + length - 4, ".py", 3) == 0 &&
	       (path[length - 1] == 'c' || path[length - 1] == 'o') &&
	       path[length - 5] != '/';
}

/* The length without a temporary's .DIGITS; `length` where there is none. */
static inline size_t pyc_path_untemporary(const char *path, size_t length)
{
	size_t at = length;

	while (at > 0 && path[at - 1] >= '0' && path[at - 1] <= '9')
		at--;
	if (at == length || at == 0 || path[at - 1] != '.' ||
	    !pyc_path_is_compiled(path, at - 1))
		return length;
	return at - 1;
}

/* Is the component that ends at `end` a __pycache__? */
static inline bool pyc_path_is_cache(const char *path, size_t end)
{
	return end >= PYCACHE_LENGTH &&
	       memcmp(path + end - PYCACHE_LENGTH, PYCACHE, PYCACHE_LENGTH) == 0 &&
	       (end == PYCACHE_LENGTH || path[end - PYCACHE_LENGTH - 1] == '/');
}

/* The end of the first __pycache__ among the components; 0 where there is none. */
static inline size_t pyc_path_cache_end(const char *path, size_t length)
{
	const char *bar = path, *path_end = path + length;

	while ((bar = memchr(bar, '_', (size_t)(path_end - bar)))) {
		size_t end = (size_t)(bar - path) + PYCACHE_LENGTH;

		if (end > length)
			break;
		if ((end == length || path[end] == '/') && pyc_path_is_cache(path, end))
			return end;
		bar++;
	}
	return 0;
}

/* Is there a __pycache__ among the components before `end`? */
static inline bool pyc_path_below_cache(const char *path, size_t end)
{
	size_t cache = pyc_path_cache_end(path, end);

	return cache && cache < end;
}

/* What a path of `length` bytes is. */
static inline enum pyc_class pyc_path_class(const char *path, size_t length)
{
	length = pyc_path_trim(path, length);
	if (pyc_path_is_compiled(path, length))
		return PYC_FILE;
	if (pyc_path_is_cache(path, length))
		return PYC_CACHE;
	if (pyc_path_untemporary(path, length) != length)
		return PYC_TEMPORARY;
	if (pyc_path_below_cache(path, length))
		return PYC_INSIDE;
	if (pyc_path_ends(path, length, ".py", 3) && path[length - 4] != '/')
		return PYC_SOURCE;
	return PYC_NONE;
}

/* FNV-1a over [from, to). */
static inline uint32_t pyc_path_hash(const char *path, size_t from, size_t to)
{
	uint32_t hash = 2166136261u;

	for (; from < to; from++)
		hash = (hash ^ (unsigned char)path[from]) * 16777619u;
	return hash;
}

/* The module's part of a key, of a name that begins at `base`. */
static inline uint32_t pyc_path_stem_hash(const char *path, size_t base, size_t length)
{
	size_t stem = base < length ? base + 1 : base;

	while (stem < length && path[stem] != '.')
		stem++;
	return pyc_path_hash(path, base, stem);
}

/* The directory's part, of one that ends at `end`. */
static inline uint32_t pyc_path_directory_hash(const char *path, size_t end)
{
	return pyc_path_hash(path, pyc_path_base(path, end), end);
}

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
static inline uint64_t pyc_path_key(const char *path, size_t length)
{
	size_t base, parent;

	length = pyc_path_trim(path, length);
	if (pyc_path_is_cache(path, length)) {
		parent = length > PYCACHE_LENGTH ? length - PYCACHE_LENGTH - 1 : 0;
		base = length;
	} else {
		base = pyc_path_base(path, length);
		parent = base ? base - 1 : 0;
		if (pyc_path_is_cache(path, parent))
			parent = parent > PYCACHE_LENGTH ? parent - PYCACHE_LENGTH - 1
							 : 0;
	}
	return pyc_key(pyc_path_directory_hash(path, parent),
		       pyc_path_stem_hash(path, base, length));
}

/*
 * Where a source, or a pyc beside it, is: a hash of its whole directory.  For what a key
 * is too weak: tools that copy trees touch many files of equal names.
 */
static inline uint32_t pyc_path_place(const char *path, size_t length)
{
	return pyc_path_hash(path, 0, pyc_path_base(path, length));
}

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
	bool in_cache; /* the directory is a __pycache__ */
};

#define PYC_PATH_BEGINS(path, length, text)                                              \
	((length) > sizeof(text) - 1 && memcmp(path, text, sizeof(text) - 1) == 0)

/* Is this the dot before an interpreter's tag? */
static inline bool pyc_path_begins_tag(const char *dot, size_t length)
{
	return PYC_PATH_BEGINS(dot, length, ".cpython-") ||
	       PYC_PATH_BEGINS(dot, length, ".pypy") ||
	       PYC_PATH_BEGINS(dot, length, ".jython-") ||
	       PYC_PATH_BEGINS(dot, length, ".graalpy");
}

/* Take the path of a PYC_FILE or PYC_TEMPORARY apart. */
static inline struct pyc_path_parts pyc_path_split(const char *path, size_t length)
{
	struct pyc_path_parts parts = {.base = pyc_path_base(path, length)};
	size_t end = pyc_path_untemporary(path, length) - 4, at;
	size_t first = end, level = 0;

	for (at = parts.base + 1; at < end; at++) {
		if (path[at] != '.')
			continue;
		if (first == end)
			first = at;
		if (!parts.tag && pyc_path_begins_tag(path + at, end - at))
			parts.tag = at + 1;
		if (PYC_PATH_BEGINS(path + at, end - at, ".opt-"))
			level = at;
	}
	parts.in_cache = parts.base && pyc_path_is_cache(path, parts.base - 1);
	if (!parts.tag && parts.in_cache && first < end)
		parts.tag = first + 1;
	parts.stem_end = parts.tag ? parts.tag - 1 : end;
	parts.tag_end = parts.tag && level >= parts.tag ? level : end;
	return parts;
}

#endif
