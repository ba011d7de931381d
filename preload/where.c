/*
 * See where.h.
 */
#include "where.h"

#include <limits.h>
#include <stdint.h>
#include <string.h>

#include "dirset.h"
#include "fd_path.h"
#include "pyc_path.h"
#include "scratch.h"
#include "sys.h"

/* Directories without a link in their path, and links that such directories hold. */
static struct dirset known;

#define MOST_LINKS 8 /* in one path; with more the kernel is asked */

enum kind { OTHER, PLAIN, LINK };

/*
 * What the longest name in a directory and its cache takes, and the root's name before it:
 * in one directory all must fit into the shadow, or none.
 */
#define NAMES (PYCACHE_LENGTH + NAME_MAX + 2 + FD_NAME_BYTES)

/* The end of the first __pycache__; 0 where there is none. */
static size_t cache_end(const char *path, size_t length)
{
	size_t at;

	for (at = 1; at <= length; at++)
		if ((at == length || path[at] == '/') && pyc_path_is_cache(path, at))
			return at;
	return 0;
}

/* The end of the directory that holds the cache, or the file. */
static size_t holder_end(const char *path, size_t length, size_t cache)
{
	size_t base = pyc_path_base(path, length);

	if (cache)
		return cache - PYCACHE_LENGTH - 1;
	return base ? base - 1 : 0;
}

/* Is there room for all names in the directory that ends at `base`, and in its holder? */
static bool has_room(size_t end, size_t base)
{
	return end + NAMES < PATH_MAX && base + NAME_MAX + FD_NAME_BYTES < PATH_MAX;
}

static uint64_t hash_of(const char *path, size_t length, enum kind kind)
{
	return dirset_hash(path, length) ^ (kind == LINK ? 2 : 0);
}

/* Is this known of the first `end` bytes of the path?  Where there is no more, it is. */
static bool is_plain(const char *path, size_t end)
{
	return end == 0 || dirset_has(&known, hash_of(path, end, PLAIN));
}

/* What is there, in a directory without a link in its path. */
static enum kind find_kind(const char *path, size_t length)
{
	unsigned now = dirset_now(&known);
	struct stat status;
	enum kind kind = OTHER;

	if (dirset_has(&known, hash_of(path, length, LINK)))
		return LINK;
	if (sys_lstat(path, &status) == 0)
		kind = S_ISDIR(status.st_mode)	 ? PLAIN
		       : S_ISLNK(status.st_mode) ? LINK
						 : OTHER;
	if (kind != OTHER)
		dirset_add(&known, hash_of(path, length, kind), now);
	return kind;
}

/*
 * How far has the directory, which is in the buffer, no link in its path?  From what is
 * known on, component by component: mostly it is the last alone.  `kind` is that of the
 * next one.
 */
static size_t plain_end(char *buffer, size_t end, enum kind *kind)
{
	size_t at = end, next;
	char cut;

	*kind = PLAIN;
	while (!is_plain(buffer, at))
		at = pyc_path_base(buffer, at) - 1;
	for (; at < end; at = next) {
		next = at + 1 + strcspn(buffer + at + 1, "/");
		cut = buffer[next];
		buffer[next] = '\0';
		*kind = find_kind(buffer, next);
		buffer[next] = cut;
		if (*kind != PLAIN)
			break;
	}
	return at;
}

/* Has a relative name nothing in it that must be cleaned first? */
static bool is_clean(const char *name)
{
	for (; *name && *name != '/' && *name != '.'; name += *name == '/')
		name += strcspn(name, "/");
	return !*name && name[-1] != '/';
}

/*
 * Put what a link leads to in its place, which is behind `at`.  Where it leads to is asked
 * each time: it may have been made anew.  Returns the new end; 0: ask the kernel.
 */
static size_t follow(char *buffer, size_t at, size_t end)
{
	SCRATCH(char, target, PATH_MAX);
	const char *name = target;
	size_t next = at + 1 + strcspn(buffer + at + 1, "/"), rest = end - next, length;
	char cut = buffer[next];
	long bytes;

	buffer[next] = '\0';
	bytes = sys_readlinkat(AT_FDCWD, buffer, target, PATH_MAX - 1);
	buffer[next] = cut;
	if (bytes == -EINVAL) /* it is none any more */
		where_forget();
	if (bytes <= 0)
		return 0;
	target[bytes] = '\0';
	if (*name == '/') {
		name++;
		at = 0;
	}
	for (; strncmp(name, "../", 3) == 0; name += 3) /* above is what it looks like */
		at = at ? pyc_path_base(buffer, at) - 1 : 0;
	length = strlen(name);
	if (!length || !is_clean(name) || at + 1 + length + rest >= PATH_MAX)
		return 0;
	memmove(buffer + at + 1 + length, buffer + next, rest + 1);
	buffer[at] = '/';
	memcpy(buffer + at + 1, name, length);
	return at + 1 + length + rest;
}

/* The real name of the directory in the buffer by what is known; 0: ask the kernel. */
static size_t find(char *buffer, size_t end)
{
	enum kind kind;
	unsigned links;
	size_t at;

	for (links = 0; links <= MOST_LINKS && end; links++) {
		at = plain_end(buffer, end, &kind);
		if (at == end)
			return end;
		end = kind == LINK ? follow(buffer, at, end) : 0;
	}
	return 0;
}

/* The real name of the directory in the buffer; its length, or -errno. */
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

static void copy(char *buffer, const char *path, size_t end)
{
	memcpy(buffer, path, end);
	buffer[end] = '\0';
}

/* Is the cache itself a link?  One that is not in place is the shadow's, and is none. */
static bool is_linked(char *buffer, const char *path, size_t cache)
{
	unsigned now = dirset_now(&known);
	struct stat status;
	int error;

	if (is_plain(path, cache))
		return false;
	copy(buffer, path, cache);
	error = sys_lstat(buffer, &status);
	if (error == 0 && S_ISLNK(status.st_mode))
		return true;
	if (error == 0 || error == -ENOENT)
		dirset_add(&known, hash_of(path, cache, PLAIN), now);
	return false;
}

const char *where_is(char *buffer, const char *path, size_t length)
{
	size_t cache = cache_end(path, length), end = holder_end(path, length, cache);
	size_t base = pyc_path_base(path, length);
	long real;

	if (!has_room(end, base))
		return NULL;
	if (cache && cache < length && is_linked(buffer, path, cache))
		return NULL;
	if (is_plain(path, end))
		return path;
	copy(buffer, path, end);
	real = (long)find(buffer, end);
	if (real == 0) {
		copy(buffer, path, end);
		real = resolve(buffer);
	}
	if (real <= 0) /* nothing there, or no /proc to ask: the name as it is */
		return path;
	if (real == 1) /* "/" */
		real = 0;
	if (!has_room((size_t)real, (size_t)real + base - end) ||
	    (size_t)real + length - end >= PATH_MAX)
		return NULL;
	memcpy(buffer + real, path + end, length - end + 1);
	return strcmp(buffer, path) == 0 ? path : buffer;
}

void where_forget(void)
{
	dirset_clear(&known);
}
