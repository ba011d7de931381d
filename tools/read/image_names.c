/* SPDX-License-Identifier: MIT */
/*
 * See image_names.h.
 */
#include "read/image_names.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "common/util.h"

static void names_add(struct image_names *names, const char *name)
{
	if (names->count == names->capacity) {
		names->capacity = names->capacity ? 2 * names->capacity : 16;
		names->name = xrealloc(names->name,
				       names->capacity * sizeof(*names->name));
	}
	names->name[names->count++] = xstrdup(name);
}

static int names_compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void image_names_free(struct image_names *names)
{
	size_t i;

	for (i = 0; i < names->count; i++)
		free(names->name[i]);
	free(names->name);
}

int image_names_read(struct image_names *names, int fd)
{
	int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct dirent *entry;
	DIR *directory;
	int error;

	*names = (struct image_names){0};
	if (copy < 0)
		return -errno;
	directory = fdopendir(copy);
	if (!directory)
		die(EXIT_FAILURE, "out of memory");
	while (errno = 0, (entry = readdir(directory)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			names_add(names, entry->d_name);
	error = -errno;
	closedir(directory);
	if (names->count)
		qsort(names->name, names->count, sizeof(*names->name), names_compare);
	return error;
}

bool image_names_have(const struct image_names *names, const char *name)
{
	return names->count && bsearch(&name, names->name, names->count,
				       sizeof(*names->name), names_compare);
}
