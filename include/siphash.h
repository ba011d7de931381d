/* SPDX-License-Identifier: MIT */
/*
 * SipHash (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012): a hash with a
 * secret key, so that nobody who does not know the key finds two inputs of one hash.
 * SipHash-1-3, with one round for each word and three at the end, is what CPython
 * (Python/pyhash.c) and Rust use for their tables.
 *
 * Pure; any thread, any context.  Inline, because it is on the hot path of library and reader.
 */
#ifndef PYCSHIM_SIPHASH_H
#define PYCSHIM_SIPHASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint64_t siphash_rotate(uint64_t word, unsigned bits)
{
	return word << bits | word >> (64 - bits);
}

/* Up to 8 bytes, the first one lowest on every machine. */
static inline uint64_t siphash_load(const unsigned char *at, size_t bytes)
{
	uint64_t word = 0;

	memcpy(&word, at, bytes);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	word = __builtin_bswap64(word);
#endif
	return word;
}

static inline void siphash_mix(uint64_t v[4], unsigned rounds)
{
	while (rounds--) {
		v[0] += v[1];
		v[2] += v[3];
		v[1] = siphash_rotate(v[1], 13) ^ v[0];
		v[3] = siphash_rotate(v[3], 16) ^ v[2];
		v[0] = siphash_rotate(v[0], 32);
		v[2] += v[1];
		v[0] += v[3];
		v[1] = siphash_rotate(v[1], 17) ^ v[2];
		v[3] = siphash_rotate(v[3], 21) ^ v[0];
		v[2] = siphash_rotate(v[2], 32);
	}
}

static inline void siphash_word(uint64_t v[4], uint64_t word, unsigned rounds)
{
	v[3] ^= word;
	siphash_mix(v, rounds);
	v[0] ^= word;
}

/* SipHash with so many rounds for each word, and at the end. */
static inline uint64_t siphash(const uint64_t key[2], unsigned each, unsigned last,
			       const void *data, size_t bytes)
{
	uint64_t v[4] = {key[0] ^ 0x736f6d6570736575u, key[1] ^ 0x646f72616e646f6du,
			 key[0] ^ 0x6c7967656e657261u, key[1] ^ 0x7465646279746573u};
	const unsigned char *at = data;
	size_t left = bytes;

	for (; left >= 8; at += 8, left -= 8)
		siphash_word(v, siphash_load(at, 8), each);
	siphash_word(v, siphash_load(at, left) | (uint64_t)bytes << 56, each);
	v[2] ^= 0xff;
	siphash_mix(v, last);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

static inline uint64_t siphash_1_3(const uint64_t key[2], const void *data, size_t bytes)
{
	return siphash(key, 1, 3, data, bytes);
}

#endif
