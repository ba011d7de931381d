/* SPDX-License-Identifier: MIT */
/*
 * Questions about strings that both tools ask.  Pure.
 */
#ifndef PYCSHIM_TEXT_H
#define PYCSHIM_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "attributes.h"

/* The last component of a path: what follows its last slash, or the whole path. */
static inline MUST_CHECK const char *text_base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* The length of the directory part of a path; 0 if it has none, or only "/". */
static inline MUST_CHECK size_t text_parent_length(const char *path, size_t length)
{
	while (length && path[length - 1] != '/')
		length--;
	return length ? length - 1 : 0;
}

/* Do the first `length` bytes of the text end with `end`? */
static inline MUST_CHECK bool text_ends_with(const char *text, size_t length,
					     const char *end)
{
	size_t end_length = strlen(end);

	return length >= end_length &&
	       memcmp(text + length - end_length, end, end_length) == 0;
}

/* Are the `length` bytes at `word` one of the words?  The list ends with NULL. */
static inline MUST_CHECK bool text_is_one_of(const char *word, size_t length,
					     const char *const *words)
{
	for (; *words; words++)
		if (strlen(*words) == length && memcmp(*words, word, length) == 0)
			return true;
	return false;
}

#endif
