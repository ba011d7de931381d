/* SPDX-License-Identifier: MIT */
/*
 * Text in a fixed buffer, without stdio: for messages, paths and numbers.  Text that does
 * not fit is cut.  The buffer always ends with a NUL.
 *
 * Used everywhere in preload/.  Pure; any thread, also in a signal handler or a vfork
 * child.
 */
#ifndef PYCSHIM_TEXT_H
#define PYCSHIM_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "attributes.h"

struct text {
	char *at;
	size_t size;   /* of the buffer */
	size_t length; /* without the NUL */
	bool cut;      /* something did not fit */
};

/* An empty text in a buffer of `size` bytes. */
static inline struct text text_in(char *buffer, size_t size)
{
	buffer[0] = '\0';
	return (struct text){buffer, size, 0, false};
}

static inline void text_add_bytes(struct text *text, const char *bytes, size_t count)
{
	if (count >= text->size - text->length) {
		count = text->size - text->length - 1;
		text->cut = true;
	}
	memcpy(text->at + text->length, bytes, count);
	text->length += count;
	text->at[text->length] = '\0';
}

static inline void text_add(struct text *text, const char *string)
{
	text_add_bytes(text, string, strlen(string));
}

static inline void text_add_number(struct text *text, uint64_t number)
{
	char digits[20];
	size_t at = sizeof(digits);

	do
		digits[--at] = (char)('0' + number % 10);
	while (number /= 10);
	text_add_bytes(text, digits + at, sizeof(digits) - at);
}

/* Read a number.  Returns where it ends: at `at` if there is none, and the number is 0. */
static inline const char *text_read_number(const char *at, uint64_t *number)
{
	for (*number = 0; *at >= '0' && *at <= '9'; at++)
		*number = *number * 10 + (uint64_t)(*at - '0');
	return at;
}

#endif
