/* SPDX-License-Identifier: MIT */
/*
 * See pyc_size.h.
 *
 * How many bytes of pyc a byte of source makes depends on the interpreter, and on the style
 * of the code.  The estimate begins with the interpreter's usual ratio and is corrected by
 * the pycs of the recording.  A few pycs may be unusual ones (encodings, which every start
 * loads), so the usual ratio weighs as much as USUAL_WEIGHT bytes of recorded pycs.
 */
#include "read/pyc_size.h"

#include <stdio.h>
#include <string.h>

#define USUAL_WEIGHT ((double)256 * 1024)
#define LEAST_BYTES 120 /* the pyc of an empty source */

/* Pyc bytes for each byte of source; between the standard library and Django. */
static double usual_ratio(const char *tag, size_t tag_length)
{
	char text[32];
	unsigned minor;

	snprintf(text, sizeof(text), "%.*s", (int)tag_length, tag);
	if (!*text)
		return 1.07; /* Python 2.7 */
	if (sscanf(text, "cpython-3%u", &minor) != 1 || minor < 11)
		return 0.82; /* PyPy, too */
	return minor == 11 ? 1.32 : 1.17;
}

static double usual_bytes_of(uint64_t source_bytes, const char *tag, size_t tag_length)
{
	return LEAST_BYTES + (double)source_bytes * usual_ratio(tag, tag_length);
}

static double usual_bytes(const struct module *module)
{
	return usual_bytes_of(module->source_bytes, module->pyc + module->tag,
			      module->tag_length);
}

struct pyc_size pyc_size_measure(const struct stats *stats)
{
	struct pyc_size size = {USUAL_WEIGHT, USUAL_WEIGHT};
	const struct module *module;

	for (module = stats->tables.modules; module; module = module->hh.next) {
		if (!module->pyc_bytes || !module->source_bytes)
			continue;
		size.bytes += (double)module->pyc_bytes;
		size.usual_bytes += usual_bytes(module);
	}
	return size;
}

int64_t pyc_size_estimate(uint64_t source_bytes, const char *ending,
			  const struct pyc_size *size)
{
	size_t tag_length = strcspn(ending + 1, ".");
	double bytes;

	if (!ending[1 + tag_length]) /* ".pyc" */
		tag_length = 0;
	bytes = usual_bytes_of(source_bytes, ending + 1, tag_length) * size->bytes /
		size->usual_bytes;
	return bytes < (double)AMOUNT_MAX ? (int64_t)bytes : AMOUNT_MAX;
}

int64_t pyc_size_of(const struct module *module, const struct pyc_size *size)
{
	double estimate = usual_bytes(module) * size->bytes / size->usual_bytes;

	if (module->pyc_bytes)
		return (int64_t)module->pyc_bytes;
	if (estimate < (double)module->cut_bytes)
		return (int64_t)module->cut_bytes;
	return estimate < (double)AMOUNT_MAX ? (int64_t)estimate : AMOUNT_MAX;
}
