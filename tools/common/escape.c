/* SPDX-License-Identifier: MIT */
/*
 * See escape.h.
 */
#include "common/escape.h"

#include <langinfo.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/utf8.h"

bool escape_is_needed(uint32_t point)
{
	if (point < 0xa0)
		return point < ' ' || point >= 0x7f;
	switch (point) {
	case 0x61c:		  /* Arabic letter mark */
	case 0x200e ... 0x200f:	  /* left-to-right and right-to-left mark */
	case 0x2028 ... 0x2029:	  /* separators of lines and paragraphs */
	case 0x202a ... 0x202e:	  /* embeddings and overrides of direction */
	case 0x2066 ... 0x2069:	  /* isolates */
	case 0xfff9 ... 0xfffb:	  /* annotations */
	case 0xe0000 ... 0xe007f: /* tags, which are invisible */
	case UTF8_INVALID:
		return true;
	default:
		return false;
	}
}

char *escape_point(char *to, const unsigned char *at, uint32_t point)
{
	if (point == '\n')
		return stpcpy(to, "\\n");
	if (point == '\t')
		return stpcpy(to, "\\t");
	if (point == '\r')
		return stpcpy(to, "\\r");
	if (point == UTF8_INVALID || point < 0x80)
		return to + sprintf(to, "\\x%02x", *at);
	return to + sprintf(to, point > 0xffff ? "\\U%08x" : "\\u%04x", point);
}

char *escape_text(const char *text, bool ascii)
{
	const unsigned char *at = (const unsigned char *)text;
	/* not xmalloc(): its error message is escaped by this function */
	char *safe = malloc(ESCAPE_GROWTH * strlen(text) + 1), *to = safe;
	uint32_t point;
	size_t length;

	if (!safe)
		return NULL;
	for (; *at; at += length) {
		length = utf8_decode(at, &point);
		if (escape_is_needed(point) || (ascii && point > 0x7f)) {
			to = escape_point(to, at, point);
		} else {
			memcpy(to, at, length);
			to += length;
		}
	}
	*to = '\0';
	return safe;
}

bool escape_wants_ascii(int fd)
{
	return isatty(fd) && strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
}
