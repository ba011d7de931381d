/* SPDX-License-Identifier: MIT */
/*
 * See compileall_size.h.
 *
 * The directories come from a recording, which is not trusted: only directories are opened,
 * symbolic links below them are not followed, and the number of entries is limited.  Which
 * files are compiled: _walk_dir() and compile_file() in CPython's Lib/compileall.py.
 */
#include "answer/compileall_size.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/util.h"

#define DEPTH_MAX 20
#define ENTRIES_MAX 100000

struct walk {
	const struct tables *tables;
	const char *ending;
	const struct pyc_size *size;
	int64_t bytes;
	unsigned entries;
	bool failed;
};

/* The pycs of Python 2.7 are beside the sources, and their names have no tag. */
static bool is_tagged(const struct walk *walk)
{
	return strchr(walk->ending + 1, '.') != NULL;
}

/* How large a pyc will be: as large as one that the recording knows of the same source. */
static int64_t size_of_pyc(const struct walk *walk, const char *pyc,
			   uint64_t source_bytes)
{
	const struct module *module = tables_find_module(walk->tables, pyc, strlen(pyc));

	if (module && module->source_bytes == source_bytes)
		return pyc_size_of(module, walk->size);
	return pyc_size_estimate(source_bytes, walk->ending, walk->size);
}

/* Add the pyc of one source.  Returns false if the file needs none, or has one. */
static bool add_source(struct walk *walk, const char *path, int directory,
		       const char *name)
{
	size_t length = strlen(name);
	struct stat status, present;
	char *pyc;
	bool add;

	if (length < 4 || strcmp(name + length - 3, ".py") != 0 ||
	    fstatat(directory, name, &status, 0) < 0 || !S_ISREG(status.st_mode))
		return false;
	pyc = xasprintf("%s/%s%.*s%s", path, is_tagged(walk) ? "__pycache__/" : "",
			(int)(length - 3), name, walk->ending);
	add = fstatat(directory, pyc + strlen(path) + 1, &present, AT_SYMLINK_NOFOLLOW) <
	      0;
	if (add)
		walk->bytes = amount_add(
			walk->bytes,
			amount_pages(size_of_pyc(walk, pyc, (uint64_t)status.st_size)));
	free(pyc);
	return add;
}

/* Pycs were added here, so a missing __pycache__ takes a block, too. */
static void add_cache(struct walk *walk, int directory)
{
	struct stat status;

	if (is_tagged(walk) && fstatat(directory, "__pycache__", &status, 0) < 0)
		walk->bytes = amount_add(walk->bytes, amount_pages(1));
}

/* Closes the descriptor. */
static void walk_directory(struct walk *walk, const char *path, int fd, unsigned depth);

static void walk_below(struct walk *walk, const char *path, int directory,
		       const char *name, unsigned depth)
{
	char *below;
	int fd;

	if (depth >= DEPTH_MAX || strcmp(name, "__pycache__") == 0)
		return;
	fd = openat(directory, name,
		    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd >= 0) {
		below = xasprintf("%s/%s", path, name);
		walk_directory(walk, below, fd, depth);
		free(below);
	} else if (errno != ENOTDIR && errno != ELOOP && errno != ENOENT) {
		walk->failed = true;
	}
}

/* With DEPTH_MAX as `depth`, directories below this one are left out. */
static void walk_directory(struct walk *walk, const char *path, int fd, unsigned depth)
{
	DIR *stream = fdopendir(fd);
	const struct dirent *entry;
	bool added = false;

	if (!stream) {
		close(fd);
		walk->failed = true;
		return;
	}
	while (!walk->failed && (entry = readdir(stream))) {
		if (++walk->entries > ENTRIES_MAX)
			walk->failed = true;
		if (entry->d_name[0] == '.' &&
		    (!entry->d_name[1] || strcmp(entry->d_name, "..") == 0))
			continue;
		if (entry->d_type == DT_DIR || entry->d_type == DT_UNKNOWN)
			walk_below(walk, path, dirfd(stream), entry->d_name, depth + 1);
		if (entry->d_type != DT_DIR)
			added |= add_source(walk, path, dirfd(stream), entry->d_name);
	}
	if (added)
		add_cache(walk, dirfd(stream));
	closedir(stream);
}

static void walk_root(struct walk *walk, const struct root *root)
{
	int fd = open(root->path, O_RDONLY | O_DIRECTORY | O_NONBLOCK | O_CLOEXEC);
	bool added = false;
	size_t i;

	if (fd < 0) {
		walk->failed = true;
	} else if (root->kind == ROOT_FILES) {
		for (i = 0; i < root->files; i++)
			added |= add_source(walk, root->path, fd,
					    root->file[i] + strlen(root->path) + 1);
		if (added)
			add_cache(walk, fd);
		close(fd);
	} else {
		walk_directory(walk, root->path, fd,
			       root->kind == ROOT_PACKAGE ? 0 : DEPTH_MAX);
	}
}

int64_t compileall_size(const struct roots *roots, const struct tables *tables,
			const char *ending, const struct pyc_size *size)
{
	struct walk walk = {.tables = tables, .ending = ending, .size = size};
	const struct root *root;

	for (root = roots->root; root && !walk.failed; root = root->hh.next)
		if (root->named)
			walk_root(&walk, root);
	return walk.failed ? -1 : walk.bytes;
}
