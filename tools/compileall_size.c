/*
 * See compileall_size.h.  Runs in pycstat.
 *
 * The directories are those that a recording names, which may be a stranger's: nothing is
 * opened but directories, no symbolic link to one is followed, and the number of entries
 * is bounded.  What compileall takes for a source: Lib/compileall.py, _walk_dir() and
 * compile_file().
 */
#include "compileall_size.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util.h"

#define DEPTH_MAX 20
#define ENTRIES_MAX 100000

struct walk {
	const char *ending;
	const struct pyc_size *size;
	int64_t bytes;
	unsigned entries;
	bool failed;
};

/* 2.7's pycs are beside the sources, and their names have no tag. */
static bool is_tagged(const struct walk *walk)
{
	return strchr(walk->ending + 1, '.') != NULL;
}

/* Is the pyc of this source there already, whatever is in it? */
static bool has_pyc(const struct walk *walk, int directory, const char *name,
		    size_t stem_length)
{
	char *pyc = xasprintf("%s%.*s%s", is_tagged(walk) ? "__pycache__/" : "",
			      (int)stem_length, name, walk->ending);
	struct stat status;
	bool there = fstatat(directory, pyc, &status, AT_SYMLINK_NOFOLLOW) == 0;

	free(pyc);
	return there;
}

/* Adds one, and returns whether it did. */
static bool add_file(struct walk *walk, int directory, const char *name)
{
	size_t length = strlen(name);
	struct stat status;

	if (length < 4 || strcmp(name + length - 3, ".py") != 0 ||
	    fstatat(directory, name, &status, 0) < 0 || !S_ISREG(status.st_mode) ||
	    has_pyc(walk, directory, name, length - 3))
		return false;
	walk->bytes = amount_add(
		walk->bytes, amount_pages(pyc_size_estimate((uint64_t)status.st_size,
							    walk->ending, walk->size)));
	return true;
}

/* Pycs were added here: they need a directory, which takes a block of its own. */
static void add_cache(struct walk *walk, int directory)
{
	struct stat status;

	if (is_tagged(walk) && fstatat(directory, "__pycache__", &status, 0) < 0)
		walk->bytes = amount_add(walk->bytes, amount_pages(1));
}

/* Takes the descriptor. */
static void walk_directory(struct walk *walk, int fd, unsigned depth);

static void walk_below(struct walk *walk, int directory, const char *name, unsigned depth)
{
	int fd;

	if (depth >= DEPTH_MAX || strcmp(name, "__pycache__") == 0)
		return;
	fd = openat(directory, name,
		    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd >= 0)
		walk_directory(walk, fd, depth);
	else if (errno != ENOTDIR && errno != ELOOP && errno != ENOENT)
		walk->failed = true;
}

/* `depth` of what is below; DEPTH_MAX: it is left out. */
static void walk_directory(struct walk *walk, int fd, unsigned depth)
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
			walk_below(walk, dirfd(stream), entry->d_name, depth + 1);
		if (entry->d_type != DT_DIR)
			added |= add_file(walk, dirfd(stream), entry->d_name);
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
			added |= add_file(walk, fd,
					  root->file[i] + strlen(root->path) + 1);
		if (added)
			add_cache(walk, fd);
		close(fd);
	} else {
		walk_directory(walk, fd, root->kind == ROOT_PACKAGE ? 0 : DEPTH_MAX);
	}
}

int64_t compileall_size(const struct roots *roots, const char *ending,
			const struct pyc_size *size)
{
	struct walk walk = {.ending = ending, .size = size};
	const struct root *root;

	for (root = roots->root; root && !walk.failed; root = root->hh.next)
		if (root->named)
			walk_root(&walk, root);
	return walk.failed ? -1 : walk.bytes;
}
