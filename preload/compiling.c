/*
 * See compiling.h.
 */
#include "compiling.h"

#include <string.h>

#include "pyc_path.h"

/* The place of a source, or of the one that a pyc or a __pycache__ belongs to. */
static uint32_t place_of(const char *path, size_t length)
{
	size_t base = pyc_path_base(path, pyc_path_trim(path, length));

	if (base && pyc_path_is_cache(path, base - 1))
		base -= PYCACHE_LENGTH + 1;
	return pyc_path_hash(path, 0, base);
}

static uint32_t stem_of(const char *path, size_t length)
{
	return pyc_path_stem_hash(path, pyc_path_base(path, length), length);
}

void compiling_looks(struct compiling *compiling, const char *path, size_t length)
{
	compiling->looked_in = place_of(path, length);
}

void compiling_reads(struct compiling *compiling, const char *path, size_t length,
		     bool by_stdio)
{
	struct compiling_source *source = compiling->source;

	memmove(source + 1, source, (COMPILING_SOURCES - 1) * sizeof(*source));
	*source = (struct compiling_source){place_of(path, length), stem_of(path, length),
					    by_stdio, false};
}

/* 2.7 looks for the pyc when it has the source open: then it was an import that opened it. */
static bool is_import_of_2(const struct compiling_source *source, uint32_t place,
			   uint32_t stem)
{
	return source->by_stdio && source->place == place && source->stem == stem;
}

void compiling_reads_pyc(struct compiling *compiling, const char *path, size_t length,
			 bool opened)
{
	uint32_t place = place_of(path, length), stem = stem_of(path, length);
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
	uint32_t place = place_of(path, length), stem = stem_of(path, length);
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
	uint32_t place = place_of(path, length);
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
	       source->stem == stem_of(path, length);
}

bool compiling_names_pyc(const struct compiling *compiling, const char *path,
			 size_t length)
{
	uint32_t place = place_of(path, length), stem = stem_of(path, length);
	const struct compiling_source *source = compiling->source;

	for (; source < compiling->source + COMPILING_SOURCES; source++)
		if (source->place == place && source->stem == stem && !source->copied)
			return true;
	return false;
}
