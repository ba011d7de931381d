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

/*
 * What the longest name in a directory and its cache takes, and the root's name before it:
 * in one directory all must fit into the shadow, or none.
 */
#define NAMES (PYCACHE_LENGTH + NAME_MAX + 2 + FD_NAME_BYTES)

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

/* What is known of the first `end` bytes of the path; nothing is where there is no more. */
static bool is_known(const char *path, size_t end)
{
	return end == 0 || dirset_has(&plain, dirset_hash(path, end));
}

static bool is_directory(const char *path)
{
	struct stat status;

	return sys_lstat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

/*
 * Has the directory, which is in the buffer, no link in its path?  From what is known on,
 * component by component: mostly it is the last alone.
 */
static bool is_plain(char *buffer, size_t end)
{
	size_t at = end;
	bool yes = true;
	char next;

	while (!is_known(buffer, at))
		at = pyc_path_base(buffer, at) - 1;
	while (yes && at < end) {
		at += strcspn(buffer + at + 1, "/") + 1;
		next = buffer[at];
		buffer[at] = '\0';
		yes = is_directory(buffer);
		if (yes)
			dirset_add(&plain, dirset_hash(buffer, at));
		buffer[at] = next;
	}
	return yes;
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

const char *where_is(char *buffer, const char *path, size_t length)
{
	size_t end = holder_end(path, length);
	long real;

	if (end + NAMES >= PATH_MAX)
		return NULL;
	if (is_known(path, end))
		return path;
	memcpy(buffer, path, end);
	buffer[end] = '\0';
	if (is_plain(buffer, end))
		return path;
	real = resolve(buffer);
	if (real <= 0) /* nothing there, or no /proc to ask: the name as it is */
		return path;
	if (real == 1) /* "/" */
		real = 0;
	if ((size_t)real + NAMES >= PATH_MAX || (size_t)real + length - end >= PATH_MAX)
		return NULL;
	memcpy(buffer + real, path + end, length - end + 1);
	return buffer;
}

void where_forget(void)
{
	dirset_clear(&plain);
}
