/* SPDX-License-Identifier: MIT */
/*
 * Decodes UTF-8 strictly: no overlong forms, no surrogates, nothing above U+10FFFF.
 * Used by whatever prints untrusted text.  Pure.
 */
#ifndef PYCSHIM_UTF8_H
#define PYCSHIM_UTF8_H

#include <stddef.h>
#include <stdint.h>

#define UTF8_INVALID 0xffffffffu

/*
 * Decode the character at `at`, in a NUL-terminated string.  Returns its length in bytes,
 * at least 1.  *point becomes UTF8_INVALID if no valid character begins there.
 */
static inline size_t utf8_decode(const unsigned char *at, uint32_t *point)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t length, i;

	*point = at[0];
	if (at[0] < 0x80)
		return 1;
	length = at[0] >= 0xf0 ? 4 : at[0] >= 0xe0 ? 3 : 2;
	*point = UTF8_INVALID;
	if (at[0] < 0xc2 || at[0] > 0xf4)
		return 1;
	*point = at[0] & (0x7fu >> length);
	for (i = 1; i < length; i++) {
		if ((at[i] & 0xc0) != 0x80) { /* also true for the terminating NUL */
			*point = UTF8_INVALID;
			return 1;
		}
		*point = *point << 6 | (at[i] & 0x3f);
	}
	if (*point >= least[length] && *point <= 0x10ffff &&
	    (*point < 0xd800 || *point > 0xdfff))
		return length;
	*point = UTF8_INVALID;
	return 1;
}

#endif
