/*
 * See abspath.h.
 */
#include "abspath.h"

#include "sys.h"
#include "text.h"

static long directory_name(char *buffer, size_t size, int dirfd)
{
	char link[40];
	struct text name = text_in(link, sizeof(link));
	long length;

	if (dirfd == AT_FDCWD) {
		length = sys_getcwd(buffer, size);
		length = length > 0 ? length - 1 : length;
	} else {
		if (dirfd < 0)
			return -EBADF;
		text_add(&name, "/proc/self/fd/");
		text_add_number(&name, (unsigned)dirfd);
		length = sys_readlinkat(AT_FDCWD, link, buffer, size);
	}
	/* "(unreachable)/..." for a directory outside of our root */
	return length > 0 && buffer[0] != '/' ? -ENOENT : length;
}

/* Append the components of `path`, resolving "." and "..". */
static long append(char *buffer, size_t size, size_t length, const char *path)
{
	const char *end;
	size_t bytes;

	for (; *path; path = end) {
		while (*path == '/')
			path++;
		for (end = path; *end && *end != '/'; end++)
			;
		bytes = (size_t)(end - path);
		if (bytes == 0 || (bytes == 1 && path[0] == '.'))
			continue;
		if (bytes == 2 && path[0] == '.' && path[1] == '.') {
			while (length > 0 && buffer[--length] != '/')
				;
			continue;
		}
		if (length + bytes + 2 > size)
			return -ENAMETOOLONG;
		buffer[length++] = '/';
		memcpy(buffer + length, path, bytes);
		length += bytes;
	}
	if (length == 0)
		buffer[length++] = '/';
	buffer[length] = '\0';
	return (long)length;
}

long abspath_make(char *buffer, size_t size, int dirfd, const char *path)
{
	long length = 0;

	if (path[0] != '/') {
		length = directory_name(buffer, size, dirfd);
		if (length < 0)
			return length;
		while (length > 0 && buffer[length - 1] == '/')
			length--;
	}
	return append(buffer, size, (size_t)length, path);
}
