/* SPDX-License-Identifier: MIT */
/*
 * See source_hash.h.
 *
 * The key is the magic number with its "\r\n" (_RAW_MAGIC_NUMBER in
 * Lib/importlib/_bootstrap_external.py); _Py_KeyedHash() of Python/pyhash.c is SipHash-2-4
 * up to 3.10 and in PyPy, and SipHash-1-3 from 3.11 on.
 */
#include "read/source_hash.h"

#include "siphash.h"

#define MAGIC_3_11 3450 /* the first alpha of 3.11 */

uint64_t source_hash_of(const void *source, size_t bytes, unsigned magic)
{
	const uint64_t key[2] = {magic | (uint64_t)'\r' << 16 | (uint64_t)'\n' << 24, 0};

	return magic >= MAGIC_3_11 ? siphash_1_3(key, source, bytes)
				   : siphash(key, 2, 4, source, bytes);
}
