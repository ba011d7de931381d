/* SPDX-License-Identifier: MIT */
/*
 * See content.h.
 */
#include "content.h"

#include <blake3.h>
#include <string.h>

_Static_assert(sizeof(struct content_parts) >= sizeof(blake3_hasher), "there is room");

void content_begin(struct content_parts *parts)
{
	blake3_hasher_init((blake3_hasher *)(void *)parts);
}

void content_add(struct content_parts *parts, const void *bytes, size_t count)
{
	blake3_hasher_update((blake3_hasher *)(void *)parts, bytes, count);
}

void content_end(const struct content_parts *parts, struct content *content)
{
	blake3_hasher_finalize((const blake3_hasher *)(const void *)parts, content->hash,
			       sizeof(content->hash));
}

void content_of(struct content *content, const void *bytes, size_t count)
{
	struct content_parts parts;

	content_begin(&parts);
	content_add(&parts, bytes, count);
	content_end(&parts, content);
}

void content_prepare(void)
{
	struct content content;

	content_of(&content, "", 0);
}

uint64_t content_check(const void *bytes, size_t count)
{
	struct content content;
	uint64_t check;

	content_of(&content, bytes, count);
	memcpy(&check, content.hash, sizeof(check));
	return check;
}
