/* SPDX-License-Identifier: MIT */
/*
 * See secret_hash.h.
 */
#include "host/secret_hash.h"

#include <string.h>
#include <sys/auxv.h>

#include "siphash.h"

static uint64_t secret[2];

void secret_hash_start(void)
{
	const void *random = (const void *)getauxval(AT_RANDOM); /* 16 bytes */

	if (random)
		memcpy(secret, random, sizeof(secret));
}

uint64_t secret_hash(const void *data, size_t bytes)
{
	return siphash_1_3(secret, data, bytes);
}
