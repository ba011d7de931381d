/* SPDX-License-Identifier: MIT */
/*
 * See quote.h.
 */
#include "common/quote.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/escape.h"
#include "common/utf8.h"
#include "common/util.h"

static bool is_plain_word(const char *word, const char *plain)
{
	static const char everywhere[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"0123456789_@%+=:,./-";

	if (*word == '=') /* zsh replaces =NAME by the path of the command NAME */
		return false;
	while (*word && (strchr(everywhere, *word) || strchr(plain, *word)))
		word++;
	return !*word;
}

char *quote_value(const char *value, const char *plain)
{
	char *quoted, *at;

	if (*value && is_plain_word(value, plain))
		return xstrdup(value);
	quoted = at = xmalloc(4 * strlen(value) + 3); /* if every byte is a quote */
	*at++ = '\'';
	for (; *value; value++) {
		if (*value == '\'')
			at = stpcpy(at, "'\\''");
		else
			*at++ = *value;
	}
	stpcpy(at, "'");
	return quoted;
}

static bool is_printable_word(const char *word)
{
	const unsigned char *at = (const unsigned char *)word;
	uint32_t point;

	while (*at) {
		at += utf8_decode(at, &point);
		if (escape_is_needed(point))
			return false;
	}
	return true;
}

/* Write a byte as a backslash and three octal digits; the end of what is written. */
static char *put_octal(char *to, unsigned char byte)
{
	*to++ = '\\';
	*to++ = (char)('0' + (byte >> 6));
	*to++ = (char)('0' + (byte >> 3 & 7));
	*to++ = (char)('0' + (byte & 7));
	return to;
}

/* Quote by $'...', in which each byte that cannot be printed is an octal number. */
static char *quote_bytes(const char *word)
{
	const unsigned char *at = (const unsigned char *)word;
	char *quoted = xmalloc(4 * strlen(word) + 4), *to = stpcpy(quoted, "$'");
	size_t length, i;
	uint32_t point;

	for (; *at; at += length) {
		length = utf8_decode(at, &point);
		if (point == '\n') {
			to = stpcpy(to, "\\n");
		} else if (point == '\'' || point == '\\') {
			*to++ = '\\';
			*to++ = (char)point;
		} else if (escape_is_needed(point)) {
			for (i = 0; i < length; i++)
				to = put_octal(to, at[i]);
		} else {
			to = mempcpy(to, at, length);
		}
	}
	stpcpy(to, "'");
	return quoted;
}

char *quote_word(const char *word, const char *plain)
{
	return is_printable_word(word) ? quote_value(word, plain) : quote_bytes(word);
}

char *quote_path(const char *path)
{
	char *operand = xasprintf("%s%s", *path == '-' ? "./" : "", path);
	char *quoted = quote_word(operand, "");

	free(operand);
	return quoted;
}
