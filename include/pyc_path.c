/* SPDX-License-Identifier: MIT */
/*
 * See pyc_path.h.
 */
#include "pyc_path.h"

#include <string.h>

size_t pyc_path_trim(const char *path, size_t length)
{
	while (length > 1 && path[length - 1] == '/')
		length--;
	return length;
}

size_t pyc_path_base(const char *path, size_t length)
{
	const char *slash = memrchr(path, '/', length);

	return slash ? (size_t)(slash - path) + 1 : 0;
}

bool pyc_path_ends(const char *path, size_t length, const char *suffix,
		   size_t suffix_length)
{
	return length > suffix_length &&
	       memcmp(path + length - suffix_length, suffix, suffix_length) == 0;
}

bool pyc_path_is_compiled(const char *path, size_t length)
{
	return length > 4 && memcmp(path + length - 4, ".py", 3) == 0 &&
	       (path[length - 1] == 'c' || path[length - 1] == 'o') &&
	       path[length - 5] != '/';
}

size_t pyc_path_untemporary(const char *path, size_t length)
{
	size_t at = length;

	while (at > 0 && path[at - 1] >= '0' && path[at - 1] <= '9')
		at--;
	if (at == length || at == 0 || path[at - 1] != '.' ||
	    !pyc_path_is_compiled(path, at - 1))
		return length;
	return at - 1;
}

bool pyc_path_is_cache(const char *path, size_t end)
{
	return end >= PYCACHE_LENGTH &&
	       memcmp(path + end - PYCACHE_LENGTH, PYCACHE, PYCACHE_LENGTH) == 0 &&
	       (end == PYCACHE_LENGTH || path[end - PYCACHE_LENGTH - 1] == '/');
}

size_t pyc_path_cache_end(const char *path, size_t length)
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

bool pyc_path_below_cache(const char *path, size_t end)
{
	size_t cache = pyc_path_cache_end(path, end);

	return cache && cache < end;
}

enum pyc_class pyc_path_class(const char *path, size_t length)
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

uint32_t pyc_path_hash(const char *path, size_t from, size_t to)
{
	uint32_t hash = 2166136261u;

	for (; from < to; from++)
		hash = (hash ^ (unsigned char)path[from]) * 16777619u;
	return hash;
}

uint32_t pyc_path_stem_hash(const char *path, size_t base, size_t length)
{
	size_t stem = base < length ? base + 1 : base;

	while (stem < length && path[stem] != '.')
		stem++;
	return pyc_path_hash(path, base, stem);
}

uint32_t pyc_path_directory_hash(const char *path, size_t end)
{
	return pyc_path_hash(path, pyc_path_base(path, end), end);
}

uint64_t pyc_path_key(const char *path, size_t length)
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

uint32_t pyc_path_place(const char *path, size_t length)
{
	return pyc_path_hash(path, 0, pyc_path_base(path, length));
}

#define PYC_PATH_BEGINS(path, length, text)                                              \
	((length) > sizeof(text) - 1 && memcmp(path, text, sizeof(text) - 1) == 0)

/* Is this the dot before an interpreter's tag? */
static bool pyc_path_begins_tag(const char *dot, size_t length)
{
	return PYC_PATH_BEGINS(dot, length, ".cpython-") ||
	       PYC_PATH_BEGINS(dot, length, ".pypy") ||
	       PYC_PATH_BEGINS(dot, length, ".jython-") ||
	       PYC_PATH_BEGINS(dot, length, ".graalpy");
}

struct pyc_path_parts pyc_path_split(const char *path, size_t length)
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
	parts.name_end = end;
	parts.tag_end = parts.tag && level >= parts.tag ? level : end;
	return parts;
}
