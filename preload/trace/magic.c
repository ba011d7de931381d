/* SPDX-License-Identifier: MIT */
/*
 * See magic.h.
 */
#include "trace/magic.h"

#include "host/thread.h"
#include "pyc_header.h"
#include "pyc_path.h"

#define TAGS 4 /* that are remembered */

enum { UNTAGGED = 1, STREAM }; /* in place of the hash of a tag */

/*
 * What was learnt.  Each word has the hash of a tag in its upper half and the magic number in
 * the lowest 16 bits.  0: free.
 */
static uint64_t learnt[TAGS];

#define CERTAIN 0x10000u /* the interpreter wrote such a pyc, or was seen to take it */

/* The magic learnt last: a guess for a tag of which nothing is known. */
static unsigned learnt_last;

/* The same, or that of the last tag that the table knew: a guess for a pyc without a tag. */
static unsigned guessed;

/* The magic number of a pyc; 0 if its first four bytes do not end in "\r\n". */
static unsigned magic_of(const uint8_t header[4])
{
	return header[2] == '\r' && header[3] == '\n' ? pyc_header_word(header) & 0xffff
						      : 0;
}

struct magic_tag magic_tag(const char *path, size_t tag, size_t tag_end, bool stream)
{
	if (stream)
		return (struct magic_tag){STREAM, PYC_MAGIC_2};
	if (!tag)
		return (struct magic_tag){UNTAGGED, 0};
	return (struct magic_tag){pyc_path_hash(path, tag, tag_end),
				  pyc_magic_of_tag(path + tag, tag_end - tag)};
}

/* The word of this tag, or the one that it may take. */
static uint64_t *word_of(struct magic_tag tag)
{
	uint64_t word;
	unsigned i;

	for (i = 0; i < TAGS; i++) {
		word = __atomic_load_n(&learnt[i], __ATOMIC_RELAXED);
		if (!word || word >> 32 == tag.hash)
			return &learnt[i];
	}
	return &learnt[tag.hash % TAGS];
}

/* What was learnt of this tag: its magic and CERTAIN, or 0. */
static unsigned learnt_of(struct magic_tag tag)
{
	uint64_t word = __atomic_load_n(word_of(tag), __ATOMIC_RELAXED);

	return word >> 32 == tag.hash ? (unsigned)word : 0;
}

static void learn(struct magic_tag tag, unsigned magic, unsigned certain)
{
	unsigned known = learnt_of(tag);

	if (!magic || known == (magic | certain) || (known & CERTAIN) > certain)
		return;
	__atomic_store_n(word_of(tag), (uint64_t)tag.hash << 32 | certain | magic,
			 __ATOMIC_RELAXED);
	__atomic_store_n(&guessed, magic, __ATOMIC_RELAXED);
	__atomic_store_n(&learnt_last, magic, __ATOMIC_RELAXED);
}

unsigned magic_expected(struct magic_tag tag)
{
	unsigned known = learnt_of(tag) & 0xffff;

	if (likely(known))
		return known;
	if (tag.hash == UNTAGGED)
		return __atomic_load_n(&guessed, __ATOMIC_RELAXED);
	if (!tag.magic)
		return __atomic_load_n(&learnt_last, __ATOMIC_RELAXED);
	if (tag.hash != STREAM)
		__atomic_store_n(&guessed, tag.magic, __ATOMIC_RELAXED);
	return tag.magic;
}

bool magic_is_certain(struct magic_tag tag)
{
	return learnt_of(tag) & CERTAIN;
}

void magic_learn(struct magic_tag tag, const uint8_t header[4])
{
	learn(tag, magic_of(header), CERTAIN);
}

void magic_read_pyc(uint64_t key, struct magic_tag tag, const uint8_t header[4])
{
	thread->read_pyc = key;
	thread->read_tag = tag.hash;
	thread->read_magic = magic_of(header);
}

void magic_read_source(uint64_t key)
{
	if (thread->read_pyc == key)
		thread->read_magic = 0;
}

void magic_looks_up(void)
{
	if (!thread->read_magic)
		return;
	learn((struct magic_tag){.hash = thread->read_tag}, thread->read_magic, 0);
	thread->read_magic = 0;
}
