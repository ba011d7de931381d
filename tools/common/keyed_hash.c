/* SPDX-License-Identifier: MIT */
/*
 * See keyed_hash.h.  On the hot path of every read.
 *
 * SipHash-1-3 (Aumasson and Bernstein): one round for each word and three at the end, as
 * in CPython's Python/pyhash.c.
 */
#include "common/keyed_hash.h"

#include <stdbool.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

static uint64_t key[2];

/* Without random bytes (early boot), time, pid and stack address have to do. */
static void draw_key(void)
{
	struct timespec now;

	if (getrandom(key, sizeof(key), GRND_NONBLOCK) == (ssize_t)sizeof(key))
		return;
	clock_gettime(CLOCK_MONOTONIC, &now);
	key[0] = (uint64_t)now.tv_nsec << 32 ^ (uint64_t)getpid();
	key[1] = (uint64_t)now.tv_sec ^ (uintptr_t)&now;
}

static inline uint64_t rotate(uint64_t word, unsigned bits)
{
	return word << bits | word >> (64 - bits);
}

static inline void mix(uint64_t v[4])
{
	v[0] += v[1];
	v[2] += v[3];
	v[1] = rotate(v[1], 13) ^ v[0];
	v[3] = rotate(v[3], 16) ^ v[2];
	v[0] = rotate(v[0], 32);
	v[2] += v[1];
	v[0] += v[3];
	v[1] = rotate(v[1], 17) ^ v[2];
	v[3] = rotate(v[3], 21) ^ v[0];
	v[2] = rotate(v[2], 32);
}

static inline void hash_word(uint64_t v[4], uint64_t word)
{
	v[3] ^= word;
	mix(v);
	v[0] ^= word;
}

uint64_t keyed_hash(const void *data, size_t bytes)
{
	static bool drawn;
	const unsigned char *at = data;
	uint64_t v[4], word;
	size_t left = bytes;

	if (!drawn)
		draw_key();
	drawn = true;
	v[0] = key[0] ^ 0x736f6d6570736575u;
	v[1] = key[1] ^ 0x646f72616e646f6du;
	v[2] = key[0] ^ 0x6c7967656e657261u;
	v[3] = key[1] ^ 0x7465646279746573u;
	for (; left >= sizeof(word); at += sizeof(word), left -= sizeof(word)) {
		memcpy(&word, at, sizeof(word));
		hash_word(v, word);
	}
	word = 0;
	memcpy(&word, at, left);
	hash_word(v, word | (uint64_t)bytes << 56);
	v[2] ^= 0xff;
	mix(v);
	mix(v);
	mix(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}
