/* SPDX-License-Identifier: MIT */
/*
 * Learns the magic numbers of interpreters that no table knows, from the pycs in their own
 * libraries.  See image_learn_magics() in image.h; called by cmd_image.c.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/util.h"
#include "pyc_path.h"
#include "read/image.h"

#define SAMPLE 200 /* so many pycs of a library are read */

/* The magic number of one pyc; 0: it has none. */
static uint32_t read_magic(const struct image *image, int directory, const char *name,
			   const char *path)
{
	uint8_t head[4];
	struct stat status;
	int fd = image_open_file(&image->root, directory, name, path, &status);
	ssize_t got;

	if (fd < 0)
		return 0;
	got = read(fd, head, sizeof(head));
	close(fd);
	return got == sizeof(head) && head[2] == '\r' && head[3] == '\n'
		       ? pyc_header_word(head)
		       : 0;
}

/* Count the magic numbers of the pycs of this tag in LIBRARY/__pycache__. */
static void add_library(const struct image *image, struct image_tally *tally,
			const char *library, const char *tag)
{
	char *cache = xasprintf("%s/" PYCACHE, library), *path;
	char *ending = xasprintf(".%s.pyc", tag);
	int fd = image_open_path(&image->root, cache,
				 O_RDONLY | O_DIRECTORY | O_NONBLOCK);
	DIR *directory = fd >= 0 ? fdopendir(fd) : NULL;
	struct dirent *entry;
	uint32_t magic;
	size_t length;

	while (directory && tally->total < SAMPLE && (entry = readdir(directory))) {
		length = strlen(entry->d_name);
		if (length <= strlen(ending) ||
		    strcmp(entry->d_name + length - strlen(ending), ending) != 0)
			continue;
		path = xasprintf("%s/%s", cache, entry->d_name);
		magic = read_magic(image, fd, entry->d_name, path);
		if (magic)
			image_tally_add(tally, magic, 1, 0);
		free(path);
	}
	if (directory)
		closedir(directory);
	else if (fd >= 0)
		close(fd);
	free(ending);
	free(cache);
}

/* The same for the libraries that belong to the executables, and for the usual ones. */
static void add_libraries(const struct image *image, struct image_tally *tally,
			  const char *tag)
{
	static const char *const usual[] = {"/usr/lib", "/usr/local/lib"};
	unsigned major, minor;
	char *library, *bin;
	size_t i;

	if (sscanf(tag, "pypy%1u%u", &major, &minor) != 2)
		return;
	for (i = 0; i < image->pythons && !tally->total; i++) {
		bin = strstr(image->python[i].path, "/bin/");
		if (!bin || strcmp(image->python[i].tag, tag) != 0)
			continue;
		library = xasprintf("%.*s/lib/pypy%u.%u",
				    (int)(bin - image->python[i].path),
				    image->python[i].path, major, minor);
		add_library(image, tally, library, tag);
		free(library);
	}
	for (i = 0; i < ARRAY_SIZE(usual) && !tally->total; i++) {
		library = xasprintf("%s/pypy%u.%u", usual[i], major, minor);
		add_library(image, tally, library, tag);
		free(library);
	}
}

static void learn(struct image *image, const char *tag)
{
	const struct image_package *package;
	struct image_tally tally = {0};
	struct image_magic *found;
	size_t i, j, k;

	for (i = 0; i < image->magics; i++)
		if (strcmp(image->magic[i].tag, tag) == 0)
			return;
	for (i = 0; i < image->packages; i++) {
		package = image->package[i];
		if (strcmp(package->own_tag, tag) != 0)
			continue;
		for (j = 0; j < package->counts; j++)
			for (k = 0; k < IMAGE_TALLY_SLOTS; k++)
				if (strcmp(package->count[j].tag, tag) == 0 &&
				    package->count[j].magics.slot[k].count)
					image_tally_add(
						&tally,
						package->count[j].magics.slot[k].value,
						package->count[j].magics.slot[k].count,
						0);
	}
	if (!tally.total)
		add_libraries(image, &tally, tag);
	image->magic = xrealloc(image->magic, (image->magics + 1) * sizeof(*found));
	found = &image->magic[image->magics++];
	snprintf(found->tag, sizeof(found->tag), "%s", tag);
	found->magic = (uint32_t)image_tally_most(&tally).value;
}

void image_learn_magics(struct image *image)
{
	size_t i, j;

	for (i = 0; i < image->packages; i++)
		for (j = 0; j < image->package[i]->counts; j++)
			if (image->package[i]->count[j].magics.total)
				learn(image, image->package[i]->count[j].tag);
}
