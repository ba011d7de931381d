/* SPDX-License-Identifier: MIT */
/*
 * See note_hash.h.
 */
#include "note_hash.h"

#include <string.h>

static const char letters[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static int letter_value(char letter)
{
	const char *found = letter ? strchr(letters, letter) : NULL;

	return found ? (int)(found - letters) : -1;
}

bool note_hash_read(uint8_t hash[NOTE_HASH_BYTES], const char *text)
{
	uint32_t group = 0;
	int value;
	size_t i;

	for (i = 0; i < NOTE_HASH_LETTERS; i++) {
		value = letter_value(text[i]);
		if (value < 0)
			return false;
		group = group << 6 | (uint32_t)value;
		if (i % 4 == 3) {
			*hash++ = (uint8_t)(group >> 16);
			*hash++ = (uint8_t)(group >> 8);
			*hash++ = (uint8_t)group;
		}
	}
	return text[i] == '\0';
}

void note_hash_write(char *text, const uint8_t hash[NOTE_HASH_BYTES])
{
	uint32_t group;
	size_t i;

	for (i = 0; i < NOTE_HASH_BYTES; i += 3) {
		group = (uint32_t)hash[i] << 16 | (uint32_t)hash[i + 1] << 8 |
			hash[i + 2];
		*text++ = letters[group >> 18];
		*text++ = letters[group >> 12 & 63];
		*text++ = letters[group >> 6 & 63];
		*text++ = letters[group & 63];
	}
	*text = '\0';
}
