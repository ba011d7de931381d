/* SPDX-License-Identifier: MIT */
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

#define PYC_MAGIC_3_7 3390 /* the first with 16 bytes of header */
#define PYC_MAGIC_2 62211  /* CPython 2.7; PyPy 2.7 has the next ones */

/* The released magic number for a tag such as cpython-311; 0 where it is not known. */
unsigned pyc_magic_of_tag(const char *tag, size_t length);

uint32_t pyc_header_word(const uint8_t *at);

struct pyc_source { /* as the interpreter saw it */
	bool seen;
	uint32_t mtime; /* seconds, modulo 2^32 */
	uint32_t bytes; /* modulo 2^32 */
};

/* How long the headers of the interpreter with this magic are. */
size_t pyc_header_bytes_of(unsigned magic);

/* pyc_header_bytes() by the magic that the tag promises; 0: none that is known. */
size_t pyc_header_bytes_by(const uint8_t header[16], uint64_t pyc_bytes, bool tagged,
			   unsigned expected, bool source_seen);

/*
 * How long the header is, from the magic that it begins with or that its name's tag
 * promises: 8, 12 or 16 bytes.
 */
size_t pyc_header_bytes(const uint8_t header[16], uint64_t pyc_bytes, const char *tag,
			size_t tag_length, bool source_seen);

/* The source's mtime as the pyc remembers it; means nothing in a hash pyc. */
uint32_t pyc_header_mtime(const uint8_t header[16], size_t header_bytes);

/* The source's size as the pyc remembers it; 0 in 2.7's, which has none. */
uint32_t pyc_header_source_bytes(const uint8_t header[16], size_t header_bytes);

/* Compare the magic of a pyc with `expected`; 0: that is not known. */
enum pyc_magic pyc_magic_compare(const uint8_t header[16], uint64_t pyc_bytes,
				 unsigned expected);

/*
 * Judge the first 16 bytes of a pyc of `pyc_bytes`, of which the header takes `need`, by
 * how its magic compares.
 */
enum pyc_verdict pyc_header_judge_by(const uint8_t header[16], uint64_t pyc_bytes,
				     size_t need, enum pyc_magic magic,
				     struct pyc_source source);

/*
 * The same where nothing is known of the interpreter but the tag, of `tag_length` bytes,
 * in the pyc's name; 0 for none, which is 2.7's or a sourceless pyc.
 */
enum pyc_verdict pyc_header_judge(const uint8_t header[16], uint64_t pyc_bytes,
				  const char *tag, size_t tag_length,
				  struct pyc_source source);

#endif
