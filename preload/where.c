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
#include "shadow.h"
#include "sys.h"
#include "text.h"

/* What is known of names, each under a hash of its own. */
static struct dirset known;

#define MOST_LINKS 8 /* in one path; with more the kernel is asked */

enum kind {
	PLAIN,	  /* a directory without a link in its path */
	LINK,	  /* a link, in a directory such */
	UNLINKED, /* its __pycache__ is none */
	CLEAN,	  /* PLAIN and UNLINKED */
	OTHER,	  /* of that nothing is kept */
};

/*
 * What the longest name in a directory and its cache takes, and the root's name before it:
 * in one directory all must fit into the shadow, or none.
 */
#define NAMES (PYCACHE_LENGTH + NAME_MAX + 2 + FD_NAME_BYTES)

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

#define AS(kind) ((uint64_t)(kind) << 1) /* the lowest bit is the same in all hashes */

static uint64_t hash_of(const char *path, size_t length, enum kind kind)
{
	return dirset_hash(path, length) ^ AS(kind);
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

/*
 * Is the cache of the directory with this hash a link?  One that the shadow has by this
 * name is none, whatever is in place.
 */
static bool is_linked(char *buffer, const char *path, size_t cache, uint64_t hash)
{
	unsigned now = dirset_now(&known);
	struct stat status;
	int error;

	if (dirset_has(&known, hash ^ AS(UNLINKED)))
		return false;
	if (!dirset_has(&known, hash ^ AS(PLAIN)) || !shadow_has_above(path + 1)) {
		copy(buffer, path, cache);
		error = sys_lstat(buffer, &status);
		if (error == 0 && S_ISLNK(status.st_mode))
			return true;
		if (error < 0 && error != -ENOENT)
			return false;
	}
	dirset_add(&known, hash ^ AS(UNLINKED), now);
	return false;
}

const char *where_is(char *buffer, const char *path, size_t length)
{
	size_t cache = pyc_path_cache_end(path, length);
	size_t end = holder_end(path, length, cache), base = pyc_path_base(path, length);
	unsigned now = dirset_now(&known);
	uint64_t hash = dirset_hash(path, end);
	long real;

	if (!has_room(end, base))
		return NULL;
	if (likely(dirset_has(&known, hash ^ AS(CLEAN))))
		return path;
	if (cache && cache < length && is_linked(buffer, path, cache, hash))
		return NULL;
	if (end == 0 || dirset_has(&known, hash ^ AS(PLAIN))) {
		if (dirset_has(&known, hash ^ AS(UNLINKED)))
			dirset_add(&known, hash ^ AS(CLEAN), now);
		return path;
	}
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

bool where_is_clean(const char *directory, size_t length)
{
	return dirset_has(&known, hash_of(directory, length, CLEAN));
}

unsigned where_now(void)
{
	return dirset_now(&known);
}

void where_learn(const char *directory, const char *name, unsigned now)
{
	SCRATCH(char, buffer, PATH_MAX);
	struct text path = text_in(buffer, PATH_MAX);

	text_add(&path, directory);
	if (path.cut || !is_plain(buffer, path.length))
		return;
	text_add(&path, "/");
	text_add(&path, name);
	if (!path.cut)
		dirset_add(&known, hash_of(buffer, path.length, PLAIN), now);
}

void where_forget(void)
{
	dirset_clear(&known);
}
