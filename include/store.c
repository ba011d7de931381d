/* SPDX-License-Identifier: MIT */
/*
 * See store.h.
 */
#include "store.h"

#include <string.h>

static bool begins(const char *text, size_t length, const char *prefix)
{
	return length > strlen(prefix) && memcmp(text, prefix, strlen(prefix)) == 0;
}

/* The length of `text` without a part at its end that begins with `mark`. */
static size_t without(const char *text, size_t length, const char *mark)
{
	size_t at, size = strlen(mark);

	for (at = length; at-- > 0;)
		if (length - at > size && memcmp(text + at, mark, size) == 0)
			return at;
	return length;
}

/*
 * sys.implementation.cache_tag of CPython is cpython-XY, with letters behind it where the
 * build differs (313t: Debian's free-threaded one); of PyPy, pypyXY or pypyXY-ppAB.
 */
bool store_tag_is_own(const char *tag, size_t length)
{
	size_t end, i, digits = 0;

	if (length > STORE_TAG_MAX)
		return false;
	end = without(tag, length, ".opt-");
	for (i = end; i < length; i++) /* PEP 488: an optimisation is alphanumeric */
		if (i >= end + 5 && !(tag[i] >= '0' && tag[i] <= '9'))
			return false;
	if (begins(tag, end, "cpython-"))
		i = strlen("cpython-");
	else if (begins(tag, end, "pypy"))
		i = strlen("pypy");
	else
		return false;
	for (; i < end && tag[i] >= '0' && tag[i] <= '9'; i++)
		digits++;
	if (!digits)
		return false;
	if (tag[0] == 'p')
		return i == end || (begins(tag + i, end - i, "-pp") &&
				    !memchr(tag + i, '.', end - i));
	return i == end ||
	       (i + 1 == end && (tag[i] == 't' || tag[i] == 'd' || tag[i] == 'm'));
}

void store_name(char name[STORE_NAME_BYTES], const struct store_key *key)
{
	static const char digits[] = "0123456789abcdef";
	char number[10], *at = name;
	uint32_t magic = key->magic;
	size_t i, used = 0, tag = strlen(key->tag);

	*at++ = digits[key->source.hash[0] >> 4];
	*at++ = digits[key->source.hash[0] & 15];
	*at++ = '/';
	for (i = 0; i < CONTENT_BYTES; i++) {
		*at++ = digits[key->source.hash[i] >> 4];
		*at++ = digits[key->source.hash[i] & 15];
	}
	*at++ = '.';
	memcpy(at, key->tag, tag);
	at += tag;
	*at++ = '.';
	do
		number[used++] = digits[magic % 10];
	while (magic /= 10);
	while (used)
		*at++ = number[--used];
	*at = '\0';
}

bool store_entry_is_valid(const struct store_entry *entry, uint64_t bytes,
			  const struct store_key *key)
{
	const char *begin = (const char *)&entry->key;

	if (bytes < sizeof(*entry) || entry->magic != STORE_MAGIC || !entry->path_bytes ||
	    entry->path_bytes > bytes || entry->code_bytes > STORE_CONTENT_MAX ||
	    sizeof(*entry) + entry->path_bytes + entry->code_bytes != bytes ||
	    (key && memcmp(&entry->key, key, sizeof(*key)) != 0))
		return false;
	if (store_entry_path(entry)[entry->path_bytes - 1] ||
	    entry->key.tag[STORE_TAG_MAX])
		return false;
	return content_check(begin, (size_t)bytes - offsetof(struct store_entry, key)) ==
	       entry->check;
}

const char *store_entry_path(const struct store_entry *entry)
{
	return (const char *)(entry + 1);
}

const uint8_t *store_entry_code(const struct store_entry *entry)
{
	return (const uint8_t *)(entry + 1) + entry->path_bytes;
}
