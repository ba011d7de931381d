/* SPDX-License-Identifier: MIT */
/*
 * See pyc_header.h.
 */
#include "pyc_header.h"

#include <string.h>

unsigned pyc_magic_of_tag(const char *tag, size_t length)
{
	static const uint16_t magic[] = {/* of 3.6, 3.7, ... */
					 3379, 3394, 3413, 3425, 3439,
					 3495, 3531, 3571, 3627, 3666};
	const unsigned first = 6;
	const size_t prefix = sizeof("cpython-3") - 1;
	unsigned minor = 0;
	size_t at;

	if (length <= prefix || memcmp(tag, "cpython-3", prefix) != 0 ||
	    tag[prefix] == '0')
		return 0;
	/* pytest appends to the tag: cpython-311-pytest-7.2.1 */
	for (at = prefix; at < length && tag[at] >= '0' && tag[at] <= '9'; at++)
		if ((minor = 10 * minor + (unsigned)(tag[at] - '0')) > 99)
			return 0;
	return minor >= first && minor < first + ARRAY_SIZE(magic) ? magic[minor - first]
								   : 0;
}

uint32_t pyc_header_word(const uint8_t *at)
{
	return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 |
	       (uint32_t)at[3] << 24;
}

size_t pyc_header_bytes_of(unsigned magic)
{
	if (magic > 50000)
		return 8;
	/* 3.3 to 3.6, and PyPy 3.6; PyPy's numbers are small */
	return (magic >= 3190 && magic < PYC_MAGIC_3_7) || (magic > 0 && magic < 200)
		       ? 12
		       : 16;
}

size_t pyc_header_bytes_by(const uint8_t header[16], uint64_t pyc_bytes, bool tagged,
			   unsigned expected, bool source_seen)
{
	/* 3.x looks for no pyc beside a source */
	if (!tagged && (source_seen || pyc_bytes < 2))
		return 8;
	return pyc_header_bytes_of(expected ? expected
					    : pyc_header_word(header) & 0xffff);
}

size_t pyc_header_bytes(const uint8_t header[16], uint64_t pyc_bytes, const char *tag,
			size_t tag_length, bool source_seen)
{
	return pyc_header_bytes_by(header, pyc_bytes, tag_length > 0,
				   pyc_magic_of_tag(tag, tag_length), source_seen);
}

uint32_t pyc_header_mtime(const uint8_t header[16], size_t header_bytes)
{
	return pyc_header_word(header + (header_bytes == 16 ? 8 : 4));
}

uint32_t pyc_header_source_bytes(const uint8_t header[16], size_t header_bytes)
{
	return header_bytes == 8 ? 0 : pyc_header_word(header + header_bytes - 4);
}

enum pyc_magic pyc_magic_compare(const uint8_t header[16], uint64_t pyc_bytes,
				 unsigned expected)
{
	const uint8_t want[4] = {(uint8_t)expected, (uint8_t)(expected >> 8), '\r', '\n'};

	if (!expected)
		return PYC_MAGIC_UNKNOWN;
	return memcmp(header, want, pyc_bytes < 4 ? pyc_bytes : 4) == 0 ? PYC_MAGIC_OWN
									: PYC_MAGIC_OTHER;
}

enum pyc_verdict pyc_header_judge_by(const uint8_t header[16], uint64_t pyc_bytes,
				     size_t need, enum pyc_magic magic,
				     struct pyc_source source)
{
	uint32_t flags;

	if (magic == PYC_MAGIC_OTHER)
		return PYC_STALE_magic;
	if (pyc_bytes < need)
		return PYC_STALE_truncated;
	flags = need == 16 ? pyc_header_word(header + 4) : 0;
	if (flags & ~3u)
		return PYC_STALE_flags;
	if (flags & 1)
		return flags & 2 ? PYC_CHECKED_HASH : PYC_UNCHECKED_HASH;
	if (source.seen && pyc_header_mtime(header, need) != source.mtime)
		return PYC_STALE_mtime;
	if (source.seen && need > 8 &&
	    pyc_header_source_bytes(header, need) != source.bytes)
		return PYC_STALE_size;
	return magic == PYC_MAGIC_OWN ? PYC_VALID : PYC_UNPROVEN;
}

enum pyc_verdict pyc_header_judge(const uint8_t header[16], uint64_t pyc_bytes,
				  const char *tag, size_t tag_length,
				  struct pyc_source source)
{
	unsigned expected = pyc_magic_of_tag(tag, tag_length);
	size_t need = pyc_header_bytes_by(header, pyc_bytes, tag_length > 0, expected,
					  source.seen);

	if (need == 8 && !tag_length && (pyc_header_word(header) & 0xffff) <= PYC_MAGIC_2)
		expected = PYC_MAGIC_2;
	return pyc_header_judge_by(header, pyc_bytes, need,
				   pyc_magic_compare(header, pyc_bytes, expected),
				   source);
}
