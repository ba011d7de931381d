/* SPDX-License-Identifier: MIT */
/*
 * See compiling.h.
 */
#include "path/compiling.h"

#include <string.h>

#include "pyc_path.h"

/*
 * A hash of the directory of a source.  For a pyc or a __pycache__ it is the hash of the
 * directory of its source.
 */
static uint32_t compiling_place(const char *path, size_t length)
{
	size_t base = pyc_path_base(path, pyc_path_trim(path, length));

	if (base && pyc_path_is_cache(path, base - 1))
		base -= PYCACHE_LENGTH + 1;
	return pyc_path_hash(path, 0, base);
}

/* A hash of the name of a source or pyc, without its extensions. */
static uint32_t compiling_stem(const char *path, size_t length)
{
	return pyc_path_stem_hash(path, pyc_path_base(path, length), length);
}

void compiling_looks(struct compiling *compiling, const char *path, size_t length)
{
	compiling->looked_in = compiling_place(path, length);
}

void compiling_reads(struct compiling *compiling, const char *path, size_t length,
		     bool by_stdio)
{
	struct compiling_source *source = compiling->source;

	memmove(source + 1, source, (COMPILING_SOURCES - 1) * sizeof(*source));
	*source = (struct compiling_source){compiling_place(path, length),
					    compiling_stem(path, length), by_stdio,
					    false};
}

/* 2.7 opens the pyc while it has the source open: an import, and no py_compile. */
static bool is_import_of_2(const struct compiling_source *source, uint32_t place,
			   uint32_t stem)
{
	return source->by_stdio && source->place == place && source->stem == stem;
}

void compiling_reads_pyc(struct compiling *compiling, const char *path, size_t length,
			 bool opened)
{
	uint32_t place = compiling_place(path, length),
		 stem = compiling_stem(path, length);
	struct compiling_source *source = compiling->source;
	struct compiling_source *end = source + COMPILING_SOURCES;

	if (is_import_of_2(source, place, stem)) {
		memmove(source, source + 1, (COMPILING_SOURCES - 1) * sizeof(*source));
		end[-1].place = 0;
	}
	if (!opened)
		return;
	compiling->looked_in = 0;
	for (; source < end; source++)
		source->copied |= source->stem == stem;
}

void compiling_ends(struct compiling *compiling)
{
	memset(compiling, 0, sizeof(*compiling));
}

void compiling_was_refused(struct compiling *compiling, const char *path, size_t length)
{
	uint32_t place = compiling_place(path, length),
		 stem = compiling_stem(path, length);
	bool cache = pyc_path_is_cache(path, pyc_path_trim(path, length));
	struct compiling_source *source = compiling->source;

	compiling->looked_in = 0;
	for (; source < compiling->source + COMPILING_SOURCES; source++)
		if (cache ? source->place == place : source->stem == stem)
			source->place = 0;
}

bool compiling_makes_cache(const struct compiling *compiling, const char *path,
			   size_t length)
{
	uint32_t place = compiling_place(path, length);
	const struct compiling_source *source = compiling->source;

	if (compiling->looked_in == place)
		return true;
	for (; source < compiling->source + COMPILING_SOURCES; source++)
		if (source->place == place && !source->by_stdio)
			return true;
	return false;
}

bool compiling_writes_pyc(const struct compiling *compiling, const char *path,
			  size_t length)
{
	const struct compiling_source *source = compiling->source;

	return source->place && source->by_stdio && !source->copied &&
	       source->stem == compiling_stem(path, length);
}

bool compiling_names_pyc(const struct compiling *compiling, const char *path,
			 size_t length)
{
	uint32_t place = compiling_place(path, length),
		 stem = compiling_stem(path, length);
	const struct compiling_source *source = compiling->source;

	for (; source < compiling->source + COMPILING_SOURCES; source++)
		if (source->place == place && source->stem == stem && !source->copied)
			return true;
	return false;
}
