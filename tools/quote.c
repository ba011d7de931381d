/*
 * See quote.h.  Runs in the tools only.
 */
#include "quote.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "escape.h"
#include "utf8.h"
#include "util.h"

static bool is_plain(const char *word, const char *plain)
{
	static const char everywhere[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"0123456789_@%+=:,./-";

	if (*word == '=') /* zsh looks for a command of that name */
		return false;
	while (*word && (strchr(everywhere, *word) || strchr(plain, *word)))
		word++;
	return !*word;
}

char *quote_value(const char *value, const char *plain)
{
	char *quoted, *at;

	if (*value && is_plain(value, plain))
		return xstrdup(value);
	quoted = at = xmalloc(4 * strlen(value) + 3); /* each a quote, at the most */
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

static bool is_printable(const char *word)
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

/* In $'...', where each byte that cannot be printed is a number. */
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
				to += sprintf(to, "\\%03o", at[i]);
		} else {
			to = mempcpy(to, at, length);
		}
	}
	stpcpy(to, "'");
	return quoted;
}

char *quote_word(const char *word, const char *plain)
{
	return is_printable(word) ? quote_value(word, plain) : quote_bytes(word);
}

char *quote_path(const char *path)
{
	char *operand = xasprintf("%s%s", *path == '-' ? "./" : "", path);
	char *quoted = quote_word(operand, "");

	free(operand);
	return quoted;
}
