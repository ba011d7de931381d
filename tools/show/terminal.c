/* SPDX-License-Identifier: MIT */
/*
 * See terminal.h.
 */
#include "show/terminal.h"

#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

#include "common/escape.h"
#include "common/human.h"
#include "common/utf8.h"
#include "common/util.h"

#define COLUMNS_DEFAULT 80
#define COLUMNS_LEAST 40 /* on a narrower terminal lines are too long */
#define COLUMNS_WRAP 88	 /* for sentences: longer lines are hard to read */

static enum terminal_colours colours = COLOURS_AUTO;

void terminal_choose_colours(enum terminal_colours when)
{
	colours = when;
}

static bool has_colours(int fd)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	if (colours != COLOURS_AUTO)
		return colours == COLOURS_ALWAYS;
	return fd >= 0 && isatty(fd) && !(no_color && *no_color) && term &&
	       strcmp(term, "dumb") != 0;
}

static size_t find_columns(int fd)
{
	const char *value = getenv("COLUMNS");
	struct winsize size;
	long columns = value ? strtol(value, NULL, 10) : 0;

	if (columns > 0)
		return columns < COLUMNS_LEAST ? COLUMNS_LEAST : (size_t)columns;
	if (!isatty(fd))
		return 0;
	if (ioctl(fd, TIOCGWINSZ, &size) < 0 || !size.ws_col)
		return COLUMNS_DEFAULT;
	return size.ws_col < COLUMNS_LEAST ? COLUMNS_LEAST : size.ws_col;
}

struct terminal terminal_find(FILE *out)
{
	int fd = fileno(out);

	return (struct terminal){
		.out = out,
		.colour = has_colours(fd),
		.utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0,
		.names = fd >= 0 && !escape_wants_ascii(fd),
		.columns = fd >= 0 ? find_columns(fd) : 0,
	};
}

const char *terminal_colour(const struct terminal *terminal, enum colour colour)
{
	static const char *const escapes[] = {
		[COLOUR_PLAIN] = "\033[0m", [COLOUR_BOLD] = "\033[1m",
		[COLOUR_DIM] = "\033[2m",   [COLOUR_BAD] = "\033[31m",
		[COLOUR_WARN] = "\033[33m", [COLOUR_GOOD] = "\033[32m",
	};

	return terminal->colour ? escapes[colour] : "";
}

/* How many columns a character takes; -1: it must be escaped. */
static int character_width(const struct terminal *terminal, uint32_t point)
{
	if (escape_is_needed(point))
		return -1;
	if (point < 0x80)
		return 1;
	if (terminal->utf8)
		return wcwidth((wchar_t)point);
	/* without a UTF-8 locale wcwidth() knows ASCII only */
	return terminal->names ? 1 : -1;
}

char *terminal_clean(const struct terminal *terminal, const char *text)
{
	const unsigned char *at = (const unsigned char *)text;
	char *clean = xmalloc(ESCAPE_GROWTH * strlen(text) + 1), *to = clean;
	uint32_t point;
	size_t length;

	for (; *at; at += length) {
		length = utf8_decode(at, &point);
		if (character_width(terminal, point) < 0) {
			to = escape_point(to, at, point);
		} else {
			memcpy(to, at, length);
			to += length;
		}
	}
	*to = '\0';
	return clean;
}

size_t terminal_width(const struct terminal *terminal, const char *clean)
{
	const unsigned char *at = (const unsigned char *)clean;
	size_t width = 0;
	uint32_t point;
	int columns;

	while (*at) {
		at += utf8_decode(at, &point);
		columns = character_width(terminal, point);
		width += columns < 0 ? 1 : (size_t)columns;
	}
	return width;
}

static const char *ellipsis(const struct terminal *terminal)
{
	return terminal->utf8 ? "\xe2\x80\xa6" : "~";
}

char *terminal_cut_left(const struct terminal *terminal, const char *clean, size_t width)
{
	size_t left = terminal_width(terminal, clean);
	uint32_t point;
	int columns;

	if (left <= width)
		return xstrdup(clean);
	while (left + 1 > width && *clean) {
		clean += utf8_decode((const unsigned char *)clean, &point);
		columns = character_width(terminal, point);
		left -= columns < 0 ? 1 : (size_t)columns;
	}
	return xasprintf("%s%s", ellipsis(terminal), clean);
}

/* How many bytes of whole characters fit into this width. */
static size_t fitting_length(const struct terminal *terminal, const char *clean,
			     size_t width)
{
	const char *end = clean;
	size_t used = 0, length;
	uint32_t point;
	int columns;

	for (; *end; end += length) {
		length = utf8_decode((const unsigned char *)end, &point);
		columns = character_width(terminal, point);
		used += columns < 0 ? 1 : (size_t)columns;
		if (used > width)
			break;
	}
	return (size_t)(end - clean);
}

char *terminal_cut_right(const struct terminal *terminal, const char *clean, size_t width)
{
	size_t length = fitting_length(terminal, clean, width ? width - 1 : 0);

	if (terminal_width(terminal, clean) <= width)
		return xstrdup(clean);
	return xasprintf("%.*s%s", (int)length, clean, ellipsis(terminal));
}

size_t terminal_line(const struct terminal *terminal, const char *clean, size_t width)
{
	size_t length = fitting_length(terminal, clean, width), word;

	if (!clean[length])
		return length;
	for (word = length; word; word--)
		if (clean[word] == ' ')
			return word;
	return length ? length : 1;
}

/* The end of a quoted part that begins at `at`; NULL: none, so it is an apostrophe. */
static const char *quote_end(const char *at, bool takes_backslashes)
{
	for (; *at && *at != '\''; at++)
		if (takes_backslashes && *at == '\\' && at[1])
			at++;
	return *at ? at + 1 : NULL;
}

/* The length of a word that quote_word() has quoted; 0: the text begins with no such word. */
static size_t quoted_length(const char *text)
{
	const char *at = text;

	if (strncmp(at, "$'", 2) == 0)
		at = quote_end(at + 2, true);
	else if (*at != '\'')
		return 0;
	while (at && *at && *at != ' ') {
		if (*at == '\'')
			at = quote_end(at + 1, false);
		else
			at += *at == '\\' && at[1] ? 2 : 1;
	}
	return at ? (size_t)(at - text) : 0;
}

/* The length of a word: quoted words are not split, nor figures from their units. */
static size_t word_length(const char *text)
{
	size_t length = strcspn(text, " "), quoted = quoted_length(text);
	const char *next = text + length + 1;

	if (quoted)
		return quoted;
	if (length && text[length] && text[length - 1] >= '0' &&
	    text[length - 1] <= '9' && human_is_unit(next, strcspn(next, " ,.;:)")))
		length += 1 + strcspn(next, " ");
	return length;
}

void terminal_wrap_command(const struct terminal *terminal, const char *clean,
			   const char *command, size_t indent, size_t used)
{
	static const char goes_on[] =
		" \\"; /* a shell's command goes on in the next line */
	const char *from = command ? strstr(clean, command) : NULL;
	const char *to = from ? from + strlen(command) : NULL;
	size_t limit = terminal->columns && terminal->columns < COLUMNS_WRAP
			       ? terminal->columns
			       : COLUMNS_WRAP;
	bool begun = false, inside, goes;
	size_t length, width;
	char *word;

	while (*clean) {
		inside = from && clean > from && clean < to;
		length = word_length(clean);
		goes = from && clean >= from && clean + length < to;
		word = strndup(clean, length);
		if (!word)
			die(EXIT_FAILURE, "out of memory");
		width = terminal_width(terminal, word);
		if (begun && used + 1 + width + (goes ? strlen(goes_on) : 0) > limit) {
			fprintf(terminal->out, "%s\n%*s", inside ? goes_on : "",
				(int)indent, "");
			used = indent;
		} else if (begun) {
			putc(' ', terminal->out);
			used++;
		}
		fputs(word, terminal->out);
		free(word);
		used += width;
		begun = true;
		clean += length;
		clean += strspn(clean, " ");
	}
	putc('\n', terminal->out);
}

void terminal_wrap(const struct terminal *terminal, const char *clean, size_t indent,
		   size_t used)
{
	terminal_wrap_command(terminal, clean, NULL, indent, used);
}
