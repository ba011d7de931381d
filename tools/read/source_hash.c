/* SPDX-License-Identifier: MIT */
/*
 * See source_hash.h.
 *
 * The key is the magic number with its "\r\n" (_RAW_MAGIC_NUMBER in
 * Lib/importlib/_bootstrap_external.py); _Py_KeyedHash() of Python/pyhash.c is SipHash-2-4
 * up to 3.10 and in PyPy, and SipHash-1-3 from 3.11 on.
 */
#include "read/source_hash.h"

#include <string.h>

#define MAGIC_3_11 3450 /* the first alpha of 3.11 */

static inline uint64_t sip_rotate(uint64_t word, unsigned bits)
{
	return word << bits | word >> (64 - bits);
}

static void sip_rounds(uint64_t v[4], unsigned rounds)
{
	while (rounds--) {
		v[0] += v[1];
		v[2] += v[3];
		v[1] = sip_rotate(v[1], 13) ^ v[0];
		v[3] = sip_rotate(v[3], 16) ^ v[2];
		v[0] = sip_rotate(v[0], 32);
		v[2] += v[1];
		v[0] += v[3];
		v[1] = sip_rotate(v[1], 17) ^ v[2];
		v[3] = sip_rotate(v[3], 21) ^ v[0];
		v[2] = sip_rotate(v[2], 32);
	}
}

static uint64_t sip_word(const unsigned char *at, size_t bytes)
{
	uint64_t word = 0;

	while (bytes--)
		word = word << 8 | at[bytes];
	return word;
}

uint64_t source_hash_of(const void *source, size_t bytes, unsigned magic)
{
	unsigned inner = magic >= MAGIC_3_11 ? 1 : 2, last = magic >= MAGIC_3_11 ? 3 : 4;
	const unsigned char *at = source;
	uint64_t key = magic | (uint64_t)'\r' << 16 | (uint64_t)'\n' << 24, word;
	uint64_t v[4] = {key ^ 0x736f6d6570736575u, 0x646f72616e646f6du,
			 key ^ 0x6c7967656e657261u, 0x7465646279746573u};
	size_t left;

	for (left = bytes; left >= 8; at += 8, left -= 8) {
		word = sip_word(at, 8);
		v[3] ^= word;
		sip_rounds(v, inner);
		v[0] ^= word;
	}
	word = sip_word(at, left) | (uint64_t)bytes << 56;
	v[3] ^= word;
	sip_rounds(v, inner);
	v[0] ^= word;
	v[2] ^= 0xff;
	sip_rounds(v, last);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}
