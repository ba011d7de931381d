/*
 * See quote.h.  Runs in the tools only.
 */
#include "quote.h"

#include <stdbool.h>
#include <string.h>

#include "util.h"

static bool is_plain(const char *word, const char *plain)
{
	static const char everywhere[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"0123456789_@%+=:,./-";

	while (*word && (strchr(everywhere, *word) || strchr(plain, *word)))
		word++;
	return !*word;
}

char *quote_word(const char *word, const char *plain)
{
	char *quoted, *at;

	if (*word && is_plain(word, plain))
		return xstrdup(word);
	quoted = at = xmalloc(4 * strlen(word) + 3); /* each a quote, at the most */
	*at++ = '\'';
	for (; *word; word++) {
		if (*word == '\'')
			at = stpcpy(at, "'\\''");
		else
			*at++ = *word;
	}
	stpcpy(at, "'");
	return quoted;
}
