/* SPDX-License-Identifier: MIT */
/*
 * See size.h.
 */
#include "common/size.h"

#include <ctype.h>
#include <string.h>

uint64_t size_parse(const char *value)
{
	uint64_t size = 0;
	unsigned shift = 0;

	for (; *value >= '0' && *value <= '9'; value++)
		if (__builtin_mul_overflow(size, 10, &size) ||
		    __builtin_add_overflow(size, (unsigned)(*value - '0'), &size))
			return 0;
	if (*value) {
		static const char suffixes[] = "KMG";
		const char *suffix = strchr(suffixes, toupper((unsigned char)*value));

		if (!suffix || value[1])
			return 0;
		shift = 10 * (unsigned)(suffix - suffixes + 1);
	}
	return size > UINT64_MAX >> shift ? 0 : size << shift;
}
