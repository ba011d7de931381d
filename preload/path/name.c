/* SPDX-License-Identifier: MIT */
/*
 * See name.h.
 */
#include "path/name.h"

size_t name_end(const char *path, size_t length)
{
	while (length > 0 &&
	       (path[length - 1] == '/' ||
		(path[length - 1] == '.' && length > 1 && path[length - 2] == '/')))
		length--;
	return length;
}
