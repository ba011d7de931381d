/* SPDX-License-Identifier: MIT */
/*
 * See image_owner.h.
 */
#include "read/image_owner.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/keyed_hash.h"
#include "common/text.h"
#include "common/user.h"
#include "common/util.h"
#include "pyc_path.h"

#define LISTS "/var/lib/dpkg/info"

static uint64_t hash_of(const char *path)
{
	uint64_t hash = keyed_hash(path, strlen(path));

	return hash ? hash : 1;
}

/* The slot of the hash, or the free one where it belongs. */
static uint64_t *slot_of(const struct image_paths *paths, uint64_t hash)
{
	size_t at = hash & (paths->slots - 1);

	while (paths->slot[at] && paths->slot[at] != hash)
		at = (at + 1) & (paths->slots - 1);
	return &paths->slot[at];
}

static void paths_grow(struct image_paths *paths)
{
	struct image_paths grown = {.slots = paths->slots ? 2 * paths->slots : 1024,
				    .count = paths->count};
	size_t i;

	grown.slot = xcalloc(grown.slots, sizeof(*grown.slot));
	for (i = 0; i < paths->slots; i++)
		if (paths->slot[i])
			*slot_of(&grown, paths->slot[i]) = paths->slot[i];
	free(paths->slot);
	*paths = grown;
}

static void paths_add(struct image_paths *paths, const char *path)
{
	uint64_t hash = hash_of(path), *slot;

	if (2 * paths->count >= paths->slots)
		paths_grow(paths);
	slot = slot_of(paths, hash);
	paths->count += !*slot;
	*slot = hash;
}

static bool paths_have(const struct image_paths *paths, const char *path)
{
	return paths->slots && *slot_of(paths, hash_of(path));
}

/* Open a regular file of the root to read lines; NULL: there is none. */
static FILE *open_lines(const struct image_root *root, const char *path)
{
	int fd = image_open_path(root, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	struct stat status;
	FILE *file;

	if (fd < 0)
		return NULL;
	if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
		close(fd);
		return NULL;
	}
	file = fdopen(fd, "r");
	if (!file)
		die(EXIT_FAILURE, "out of memory");
	return file;
}

/*
 * The path in a line of a RECORD, which is "path,hash,size"; a path with a comma is in
 * quotation marks.  NULL: it is no pyc below the directory.
 */
static char *recorded_path(char *line)
{
	char *path = line, *end;

	if (*path == '"') {
		path++;
		end = strchr(path, '"');
	} else {
		end = strchr(path, ',');
	}
	if (!end)
		return NULL;
	*end = '\0';
	return pyc_path_is_compiled(path, strlen(path)) ? path : NULL;
}

void image_owners_read_records(struct image_owners *owners, const struct image_root *root,
			       const struct image_names *names, const char *path)
{
	char *record, *line = NULL, *recorded, *whole;
	size_t room = 0, i;
	FILE *file;

	for (i = 0; i < names->count; i++) {
		if (!text_ends_with(names->name[i], strlen(names->name[i]), ".dist-info"))
			continue;
		record = xasprintf("%s/%s/RECORD", path, names->name[i]);
		file = open_lines(root, record);
		free(record);
		while (file && getline(&line, &room, file) > 0) {
			recorded = recorded_path(line);
			if (!recorded)
				continue;
			whole = *recorded == '/' ? xstrdup(recorded)
						 : xasprintf("%s/%s", path, recorded);
			paths_add(&owners->recorded, whole);
			free(whole);
		}
		if (file)
			fclose(file);
	}
	free(line);
}

/* Read which sources the packages of dpkg have. */
static void read_lists(struct image_owners *owners, const struct image_root *root)
{
	int fd = image_open_path(root, LISTS, O_RDONLY | O_DIRECTORY | O_NONBLOCK);
	struct image_names names;
	char *path, *line = NULL;
	size_t room = 0, i;
	ssize_t length;
	FILE *file;

	owners->has_listed = true;
	if (fd < 0)
		return;
	if (image_names_read(&names, fd) != 0)
		names.count = 0;
	for (i = 0; i < names.count; i++) {
		if (!text_ends_with(names.name[i], strlen(names.name[i]), ".list"))
			continue;
		path = xasprintf(LISTS "/%s", names.name[i]);
		file = open_lines(root, path);
		free(path);
		while (file && (length = getline(&line, &room, file)) > 0) {
			if (!text_ends_with(line, (size_t)length, ".py\n"))
				continue;
			line[length - 1] = '\0';
			paths_add(&owners->listed, line);
		}
		if (file)
			fclose(file);
	}
	free(line);
	image_names_free(&names);
	close(fd);
}

static enum image_maker maker_of(struct image_owners *owners,
				 const struct image_root *root,
				 const struct image_place *place, const char *source)
{
	bool listed;
	char *path;

	if (paths_have(&owners->recorded, place->path))
		return IMAGE_BY_PIP;
	if (!owners->here) {
		char *here = root->confined ? NULL : getcwd(NULL, 0);

		owners->here = xasprintf("%s/", here ? here : "");
		free(here);
	}
	path = xasprintf("%s%s/%s", *place->parent_path == '/' ? "" : owners->here,
			 place->parent_path, source);
	/* packages have sources only there, and reading all lists takes a moment */
	if (!owners->has_listed && strncmp(path, "/usr/", 5) == 0)
		read_lists(owners, root);
	listed = paths_have(&owners->listed, path);
	free(path);
	return listed ? IMAGE_BY_DPKG : IMAGE_BY_OTHERS;
}

/* Can every user write this, or what it holds?  In a sticky directory only what is theirs. */
static bool is_everybodys(mode_t mode)
{
	return mode & S_IWOTH && !(S_ISDIR(mode) && mode & S_ISVTX);
}

static void owner_add(struct image_owner *sum, const struct image_owner *one)
{
	sum->pycs += one->pycs;
	sum->unwritable += one->unwritable;
	sum->roots += one->roots;
	sum->everybodys += one->everybodys;
}

void image_owners_add(struct image_owners *owners, const struct image_root *root,
		      const struct image_place *place, const struct image_pyc *pyc,
		      const char *source)
{
	struct image_owner one = {
		.uid = pyc->uid,
		.by = maker_of(owners, root, place, source),
		.pycs = 1,
		.unwritable = user_access(place->directory, ".", W_OK) != 0,
		.roots = pyc->uid == 0 && pyc->source_uid != 0,
	};
	struct stat directory;
	size_t i;

	one.everybodys = is_everybodys(pyc->mode) ||
			 (fstat(place->directory, &directory) == 0 &&
			  is_everybodys(directory.st_mode));
	owner_add(&owners->total, &one);
	for (i = 0; i < owners->count; i++) {
		if (owners->owner[i].uid != one.uid || owners->owner[i].by != one.by)
			continue;
		owner_add(&owners->owner[i], &one);
		return;
	}
	owners->owner = xrealloc(owners->owner,
				 (owners->count + 1) * sizeof(*owners->owner));
	owners->owner[owners->count++] = one;
}

void image_owners_free(struct image_owners *owners)
{
	free(owners->owner);
	free(owners->recorded.slot);
	free(owners->listed.slot);
	free(owners->here);
	*owners = (struct image_owners){0};
}
