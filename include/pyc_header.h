/*
 * What a pyc's header says of it, as the interpreter would judge it.
 *
 *	2.7			magic, mtime				 8 bytes
 *	3.3 to 3.6		magic, mtime, size			12 bytes
 *	3.7 and later, PyPy	magic, flags, mtime and size or hash	16 bytes
 *
 * PyPy 2.7 and PyPy 3.6 as CPython 2.7 and 3.6.
 *
 * (CPython: _classify_pyc in Lib/importlib/_bootstrap_external.py, MAGIC_NUMBER there;
 * 2.7: check_compiled_module in Python/import.c.)
 *
 * Pure: no I/O, no allocation, errno untouched; any thread, any context.
 */
#ifndef PYCSHIM_PYC_HEADER_H
#define PYCSHIM_PYC_HEADER_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "attributes.h"

enum pyc_verdict {
	PYC_VALID,	    /* would be used */
	PYC_UNPROVEN,	    /* nothing against it, but its magic is not one we know */
	PYC_UNCHECKED_HASH, /* the interpreter may be told to read the source */
	PYC_CHECKED_HASH,   /* the interpreter reads the source to know */
#define STALE(name, what) PYC_STALE_##name,
#include "stale.def"
#undef STALE
};

enum { /* counts the reasons: STALE_magic is 0 */
#define STALE(name, what) STALE_##name,
#include "stale.def"
#undef STALE
       STALE_COUNT
};

static inline bool pyc_verdict_is_stale(enum pyc_verdict verdict)
{
	return verdict > PYC_CHECKED_HASH;
}

static inline unsigned pyc_stale_reason(enum pyc_verdict verdict)
{
	return verdict - PYC_STALE_magic;
}

/* How a pyc's magic number compares with that of the interpreter which opened it. */
enum pyc_magic { PYC_MAGIC_UNKNOWN, PYC_MAGIC_OWN, PYC_MAGIC_OTHER };

#define PYC_MAGIC_2 62211 /* CPython 2.7; PyPy 2.7 has the next ones */

/* The released magic number for a tag such as cpython-311; 0 where it is not known. */
static inline unsigned pyc_magic_of_tag(const char *tag, size_t length)
{
	static const uint16_t magic[] = {/* of 3.6, 3.7, ... */
					 3379, 3394, 3413, 3425, 3439,
					 3495, 3531, 3571, 3627};
	const unsigned first = 6;
	const size_t prefix = sizeof("cpython-3") - 1;
	unsigned minor = 0;
	size_t at;

	if (length <= prefix || memcmp(tag, "cpython-3", prefix) != 0 ||
	    tag[prefix] == '0')
		return 0;
	/* pytest appends to the tag: cpython-311-pytest-7.2.1 */
	for (at = prefix; at < length && tag[at] >= '0' && tag[at] <= '9'; at++)
		if ((minor = 10 * minor + (unsigned)(tag[at] - '0')) > 99)
			return 0;
	return minor >= first && minor < first + ARRAY_SIZE(magic) ? magic[minor - first]
								   : 0;
}

static inline uint32_t pyc_header_word(const uint8_t *at)
{
	return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 |
	       (uint32_t)at[3] << 24;
}

struct pyc_source { /* as the interpreter saw it */
	bool seen;
	uint32_t mtime; /* seconds, modulo 2^32 */
	uint32_t bytes; /* modulo 2^32 */
};

/* How long the headers of the interpreter with this magic are. */
static inline size_t pyc_header_bytes_of(unsigned magic)
{
	if (magic > 50000)
		return 8;
	/* 3.3 to 3.6, and PyPy 3.6; PyPy's numbers are small */
	return (magic >= 3190 && magic < 3390) || (magic > 0 && magic < 200) ? 12 : 16;
}

/* pyc_header_bytes() by the magic that the tag promises; 0: none that is known. */
static inline size_t pyc_header_bytes_by(const uint8_t header[16], uint64_t pyc_bytes,
					 bool tagged, unsigned expected, bool source_seen)
{
	/* 3.x looks for no pyc beside a source */
	if (!tagged && (source_seen || pyc_bytes < 2))
		return 8;
	return pyc_header_bytes_of(expected ? expected
					    : pyc_header_word(header) & 0xffff);
}

/*
 * How long the header is, from the magic that it begins with or that its name's tag
 * promises: 8, 12 or 16 bytes.
 */
static inline size_t pyc_header_bytes(const uint8_t header[16], uint64_t pyc_bytes,
				      const char *tag, size_t tag_length,
				      bool source_seen)
{
	return pyc_header_bytes_by(header, pyc_bytes, tag_length > 0,
				   pyc_magic_of_tag(tag, tag_length), source_seen);
}

/* The source's mtime as the pyc remembers it; means nothing in a hash pyc. */
static inline uint32_t pyc_header_mtime(const uint8_t header[16], size_t header_bytes)
{
	return pyc_header_word(header + (header_bytes == 16 ? 8 : 4));
}

/* The source's size as the pyc remembers it; 0 in 2.7's, which has none. */
static inline uint32_t pyc_header_source_bytes(const uint8_t header[16],
					       size_t header_bytes)
{
	return header_bytes == 8 ? 0 : pyc_header_word(header + header_bytes - 4);
}

/* Compare the magic of a pyc with `expected`; 0: that is not known. */
static inline enum pyc_magic pyc_magic_compare(const uint8_t header[16],
					       uint64_t pyc_bytes, unsigned expected)
{
	const uint8_t want[4] = {(uint8_t)expected, (uint8_t)(expected >> 8), '\r', '\n'};

	if (!expected)
		return PYC_MAGIC_UNKNOWN;
	return memcmp(header, want, pyc_bytes < 4 ? pyc_bytes : 4) == 0 ? PYC_MAGIC_OWN
									: PYC_MAGIC_OTHER;
}

/*
 * Judge the first 16 bytes of a pyc of `pyc_bytes`, of which the header takes `need`, by
 * how its magic compares.
 */
static inline enum pyc_verdict pyc_header_judge_by(const uint8_t header[16],
						   uint64_t pyc_bytes, size_t need,
						   enum pyc_magic magic,
						   struct pyc_source source)
{
	uint32_t flags;

	if (magic == PYC_MAGIC_OTHER)
		return PYC_STALE_magic;
	if (pyc_bytes < need)
		return PYC_STALE_truncated;
	flags = need == 16 ? pyc_header_word(header + 4) : 0;
	if (flags & ~3u)
		return PYC_STALE_flags;
	if (flags & 1)
		return flags & 2 ? PYC_CHECKED_HASH : PYC_UNCHECKED_HASH;
	if (source.seen && pyc_header_mtime(header, need) != source.mtime)
		return PYC_STALE_mtime;
	if (source.seen && need > 8 &&
	    pyc_header_source_bytes(header, need) != source.bytes)
		return PYC_STALE_size;
	return magic == PYC_MAGIC_OWN ? PYC_VALID : PYC_UNPROVEN;
}

/*
 * The same where nothing is known of the interpreter but the tag, of `tag_length` bytes,
 * in the pyc's name; 0 for none, which is 2.7's or a sourceless pyc.
 */
static inline enum pyc_verdict pyc_header_judge(const uint8_t header[16],
						uint64_t pyc_bytes, const char *tag,
						size_t tag_length,
						struct pyc_source source)
{
	unsigned expected = pyc_magic_of_tag(tag, tag_length);
	size_t need = pyc_header_bytes_by(header, pyc_bytes, tag_length > 0, expected,
					  source.seen);

	if (need == 8 && !tag_length && (pyc_header_word(header) & 0xffff) <= PYC_MAGIC_2)
		expected = PYC_MAGIC_2;
	return pyc_header_judge_by(header, pyc_bytes, need,
				   pyc_magic_compare(header, pyc_bytes, expected),
				   source);
}

#endif
