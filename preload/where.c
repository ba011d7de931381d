/*
 * See where.h.
 */
#include "where.h"

#include <limits.h>
#include <string.h>

#include "dirset.h"
#include "fd_path.h"
#include "pyc_path.h"
#include "sys.h"

/* Directories without a link in their path. */
static struct dirset plain;

/* The end of the directory that holds the first __pycache__, or the file. */
static size_t holder_end(const char *path, size_t length)
{
	size_t at;

	for (at = 1; at <= length; at++)
		if ((at == length || path[at] == '/') && pyc_path_is_cache(path, at))
			return at - PYCACHE_LENGTH - 1;
	at = pyc_path_base(path, length);
	return at ? at - 1 : 0;
}

/* The real name of the first `end` bytes of the path; its length, or -errno. */
static long resolve(char *buffer, const char *path, size_t end)
{
	long length;
	int fd;

	memcpy(buffer, path, end);
	buffer[end] = '\0';
	fd = sys_openat(AT_FDCWD, end ? buffer : "/", O_PATH | O_DIRECTORY, 0);
	if (fd < 0)
		return fd;
	length = fd_path(fd, buffer, PATH_MAX);
	sys_close(fd);
	return length > 0 && buffer[0] != '/' ? -ENOENT : length;
}

const char *where_is(char *buffer, const char *path, size_t length)
{
	size_t end = holder_end(path, length);
	uint64_t hash = dirset_hash(path, end);
	long real;

	if (end == 0 || dirset_has(&plain, hash))
		return path;
	real = resolve(buffer, path, end);
	if (real <= 0) /* nothing there, or no /proc to ask: the name as it is */
		return path;
	if ((size_t)real == end && memcmp(buffer, path, end) == 0) {
		dirset_add(&plain, hash);
		return path;
	}
	if (real == 1) /* "/" */
		real = 0;
	if ((size_t)real + length - end >= PATH_MAX)
		return NULL;
	memcpy(buffer + real, path + end, length - end + 1);
	return buffer;
}

void where_forget(void)
{
	dirset_clear(&plain);
}
