/* SPDX-License-Identifier: MIT */
/*
 * See magic.h.
 */
#include "trace/magic.h"

#include "host/thread.h"
#include "pyc_header.h"

/* How the interpreter's pycs begin, which is never with 0.  0: not learnt yet. */
static uint32_t learnt;

/* The magic of the last tag that the table knew, as a guess for a pyc without a tag. */
static unsigned guessed;

/* The first four bytes of a pyc as a number; 0 if they do not end in "\r\n". */
static uint32_t magic_of(const uint8_t header[4])
{
	return header[2] == '\r' && header[3] == '\n' ? pyc_header_word(header) : 0;
}

static void learn_word(uint32_t magic)
{
	if (magic && __atomic_load_n(&learnt, __ATOMIC_RELAXED) != magic)
		__atomic_store_n(&learnt, magic, __ATOMIC_RELAXED);
}

unsigned magic_expected(const char *tag, size_t tag_length, bool stream)
{
	uint32_t known = __atomic_load_n(&learnt, __ATOMIC_RELAXED);
	unsigned guess;

	if (likely(known))
		return known & 0xffff;
	if (stream)
		return PYC_MAGIC_2;
	if (!tag_length)
		return __atomic_load_n(&guessed, __ATOMIC_RELAXED);
	guess = pyc_magic_of_tag(tag, tag_length);
	if (guess)
		__atomic_store_n(&guessed, guess, __ATOMIC_RELAXED);
	return guess;
}

bool magic_is_known(void)
{
	return __atomic_load_n(&learnt, __ATOMIC_RELAXED) != 0;
}

void magic_learn(const uint8_t header[4])
{
	learn_word(magic_of(header));
}

void magic_read_pyc(uint64_t key, const uint8_t header[4])
{
	thread->read_pyc = key;
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
	learn_word(thread->read_magic);
	thread->read_magic = 0;
}
