/* SPDX-License-Identifier: MIT */
/*
 * See source.h.
 */
#include "store/source.h"

#include <string.h>

#include "host/source_hash.h"
#include "host/thread.h"
#include "marshal.h"
#include "pyc_header.h"
#include "store/command_line.h"
#include "store/directory.h"
#include "store/flight.h"

/*
 * Is it the path of a pyc of this source?  Under PYTHONPYCACHEPREFIX it is enough that it ends
 * in the same directories.
 */
static bool is_pyc_of(const char *pyc, const struct pyc_path_parts *parts,
		      const char *source)
{
	size_t length = strlen(source), base = pyc_path_base(source, length);
	size_t end = parts->in_cache ? parts->base - PYCACHE_LENGTH - 1 : parts->base;
	size_t stem = parts->stem_end - parts->base;

	return length - base > stem &&
	       memcmp(source + base, pyc + parts->base, stem) == 0 &&
	       source[base + stem] == '.' &&
	       (parts->in_cache ? end == base : end >= base) &&
	       memcmp(pyc + end - base, source, base) == 0;
}

/*
 * Is it written as an interpreter writes what it has compiled (_write_atomic in
 * Lib/importlib/_bootstrap_external.py): to a temporary file that was made for that?  Programs
 * that unpack or copy a pyc write to its own name, or to a file that may have been there.
 */
static bool is_written_by_interpreter(const struct descriptor *pyc)
{
	return pyc->exclusive &&
	       pyc_path_class(pyc->path, strlen(pyc->path)) == PYC_TEMPORARY;
}

/* Has the header the time and size of this source?  One with a hash has neither. */
static bool is_header_of(const uint8_t *header, size_t header_bytes,
			 const struct source_hash *source)
{
	if (header_bytes == 16 && pyc_header_word(header + 4))
		return true;
	return pyc_header_word(header + header_bytes - 8) == source->seen.mtime &&
	       pyc_header_word(header + header_bytes - 4) == source->seen.bytes;
}

/* Has the name of the pyc the optimisation level of this interpreter? */
static bool has_own_level(const struct store_key *key)
{
	static const char mark[] = ".opt-";

	return strstr(key->tag, mark) ||
	       !command_line_optimises(key->magic < PYC_MAGIC_3_7);
}

void store_pyc_written(const struct descriptor *pyc, const void *bytes, size_t count)
{
	struct pyc_path_parts parts = pyc_path_split(pyc->path, strlen(pyc->path));
	size_t tag_bytes = parts.name_end - parts.tag, header_bytes;
	struct source_hash *source;
	const uint8_t *header = bytes;
	struct store_new new = {.cpu_ns = thread->compiled_ns};

	if (!parts.tag || thread->compiled != pyc->key ||
	    !store_tag_is_own(pyc->path + parts.tag, tag_bytes) ||
	    !is_written_by_interpreter(pyc) || command_line_drops_columns() ||
	    count < 16 || header[2] != '\r' || header[3] != '\n')
		return;
	/* not any source of this key: others of equal names may have been read, too */
	source = source_hash_find(thread->compiled_path);
	if (!source || !is_pyc_of(pyc->path, &parts, source->path))
		return;
	new.key.magic = pyc_header_word(header) & 0xffff;
	header_bytes = pyc_header_bytes_of(new.key.magic);
	if (header_bytes < 12 || count <= header_bytes ||
	    !is_header_of(header, header_bytes, source))
		return;
	memcpy(new.key.tag, pyc->path + parts.tag, tag_bytes);
	if (!has_own_level(&new.key))
		return;
	new.key.source = source->content;
	new.path = source->path;
	new.code = header + header_bytes;
	new.code_bytes = count - header_bytes;
	if (marshal_judge_all(new.code, new.code_bytes, new.key.magic) == MARSHAL_DAMAGED)
		return;
	source->path_hash = 0;
	source_hash_compiles_anew(new.path);
	if (store_put(&new))
		flight_land_key(pyc->key);
}
