/* SPDX-License-Identifier: MIT */
/*
 * See keyed_hash.h.  On the hot path of every read.
 */
#include "common/keyed_hash.h"

#include <stdbool.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "siphash.h"

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

uint64_t keyed_hash(const void *data, size_t bytes)
{
	static bool drawn;

	if (!drawn)
		draw_key();
	drawn = true;
	return siphash_1_3(key, data, bytes);
}
