/* SPDX-License-Identifier: MIT */
/*
 * See where.h.
 */
#include "view/where.h"

#include <limits.h>
#include <stdint.h>
#include <string.h>

#include "host/fd_path.h"
#include "host/scratch.h"
#include "host/sys.h"
#include "host/text.h"
#include "pyc_path.h"
#include "view/known.h"
#include "view/shadow_trust.h"

/*
 * The most bytes that a path in the directory can have behind the directory's name: its
 * cache, the longest file name there, and the name of the root that is put before it.
 * Either all files of one directory fit into the shadow, or none of them.
 */
#define LONGEST_REST (PYCACHE_LENGTH + NAME_MAX + 2 + FD_NAME_BYTES)

/* Returns the length of the directory that holds the cache, or else the file. */
static size_t holder_length(const char *path, size_t length, size_t cache)
{
	size_t base = pyc_path_base(path, length);

	if (cache)
		return cache - PYCACHE_LENGTH - 1;
	return base ? base - 1 : 0;
}

/*
 * Does every file fit into a path: in the cache of the holder, whose name has `holder`
 * bytes, and in the file's own directory, whose name with its slash has `base` bytes?
 */
static bool has_room(size_t holder, size_t base)
{
	return holder + LONGEST_REST < PATH_MAX &&
	       base + NAME_MAX + FD_NAME_BYTES < PATH_MAX;
}

/* Replaces the directory's name in the buffer by its real one.  Its length, or -errno. */
static long resolve(char *buffer)
{
	long length;
	int fd = sys_openat(AT_FDCWD, buffer, O_PATH | O_DIRECTORY, 0);

	if (fd < 0)
		return fd;
	length = fd_path(fd, buffer, PATH_MAX);
	sys_close(fd);
	return length > 0 && buffer[0] != '/' ? -ENOENT : length;
}

static void where_copy(char *buffer, const char *path, size_t length)
{
	memcpy(buffer, path, length);
	buffer[length] = '\0';
}

/*
 * Is the __pycache__ that ends at `cache` a symbolic link in place?  If the shadow has a
 * directory of that name, the link in place is not used, and the answer is no.  `hash` is
 * that of the directory above the cache.
 */
static bool is_linked(char *buffer, const char *path, size_t cache, uint64_t hash,
		      unsigned generation)
{
	struct stat status;
	int error;

	if (known_has(hash, KNOWN_UNLINKED, generation))
		return false;
	if (!known_has(hash, KNOWN_PLAIN, generation) || !shadow_has_above(path + 1)) {
		where_copy(buffer, path, cache);
		error = sys_lstat(buffer, &status);
		if (error == 0 && S_ISLNK(status.st_mode))
			return true;
		if (error < 0 && error != -ENOENT)
			return false;
	}
	known_add(hash, KNOWN_UNLINKED, generation);
	return false;
}

const char *where_is(char *buffer, const char *path, size_t length)
{
	size_t cache = pyc_path_cache_end(path, length);
	size_t holder = holder_length(path, length, cache);
	size_t base = pyc_path_base(path, length), end;
	unsigned generation = known_generation();
	uint64_t hash = known_hash(path, holder);
	long real;

	if (!has_room(holder, base))
		return NULL;
	if (likely(known_has(hash, KNOWN_CLEAN, generation)))
		return path;
	if (cache && cache < length && is_linked(buffer, path, cache, hash, generation))
		return NULL;
	if (holder == 0 || known_has(hash, KNOWN_PLAIN, generation)) {
		if (known_has(hash, KNOWN_UNLINKED, generation))
			known_add(hash, KNOWN_CLEAN, generation);
		return path;
	}
	where_copy(buffer, path, holder);
	real = resolve(buffer);
	/* there is no such directory, or no /proc: use the name as it is */
	if (real <= 0)
		return path;
	end = real == 1 ? 0 : (size_t)real; /* of "/" the slash comes with the rest */
	if (end == holder && memcmp(buffer, path, end) == 0) {
		known_add(hash, KNOWN_PLAIN, generation);
		return path;
	}
	if (!has_room(end, end + base - holder) || end + length - holder >= PATH_MAX)
		return NULL;
	memcpy(buffer + end, path + holder, length - holder + 1);
	return buffer;
}

bool where_is_clean(const char *directory, size_t length)
{
	return known_has(known_hash(directory, length), KNOWN_CLEAN, known_generation());
}

void where_learn(const char *directory, const char *name, unsigned generation)
{
	SCRATCH(char, buffer, PATH_MAX);
	struct text path = text_in(buffer, PATH_MAX);

	text_add(&path, directory);
	if (path.cut || (path.length && !known_has(known_hash(buffer, path.length),
						   KNOWN_PLAIN, known_generation())))
		return;
	text_add(&path, "/");
	text_add(&path, name);
	if (!path.cut)
		known_add(known_hash(buffer, path.length), KNOWN_PLAIN, generation);
}
