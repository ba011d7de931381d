/* SPDX-License-Identifier: MIT */
/*
 * See place.h.
 */
#include "view/place.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "host/fd_path.h"
#include "host/scratch.h"
#include "host/sys.h"
#include "path/name.h"
#include "pyc_path.h"

/*
 * Returns the program's path without slashes and dots at its end, copied to `buffer`.  With
 * them the kernel would follow a symbolic link.  The callers handle them on their own
 * (call->as_directory).  A path of nothing else is returned as it is.
 */
static const char *plain_name(const struct call *call, char *buffer)
{
	size_t end = name_end(call->given, strnlen(call->given, PATH_MAX));

	if (end == 0 || end >= PATH_MAX)
		return call->given;
	memcpy(buffer, call->given, end);
	buffer[end] = '\0';
	return buffer;
}

/*
 * Evaluates `action`, a system call that uses the variable `name`.  The path is copied only
 * if there is something to cut off.
 */
/* NOLINTBEGIN(bugprone-macro-parentheses): the name of a variable takes no parentheses. */
#define WITH_NAME(call, name, action)                                                    \
	((call)->as_directory ? ({                                                       \
		SCRATCH(char, buffer_, PATH_MAX);                                        \
		const char *name = plain_name(call, buffer_);                            \
		(int)(action);                                                           \
	})                                                                               \
			      : ({                                                       \
					const char *name = (call)->given;                \
					(int)(action);                                   \
				}))
/* NOLINTEND(bugprone-macro-parentheses) */

/* Is the call about the file that `dirfd` itself is open on? */
static bool is_descriptor(const struct call *call)
{
	return !call->given[0];
}

int place_look(const struct call *call, struct stat *status)
{
	int flags = AT_SYMLINK_NOFOLLOW | (is_descriptor(call) ? AT_EMPTY_PATH : 0);

	return WITH_NAME(call, name, sys_fstatat(call->dirfd, name, status, flags));
}

int place_open(const struct call *call, int flags)
{
	char link[FD_NAME_BYTES];

	if (!is_descriptor(call))
		return WITH_NAME(call, name, sys_openat(call->dirfd, name, flags, 0));
	fd_name(link, call->dirfd);
	return sys_openat(AT_FDCWD, link, flags & ~O_NOFOLLOW, 0);
}

int place_open_parent(const struct call *call)
{
	SCRATCH(char, parent, PATH_MAX);
	const char *name = plain_name(call, parent);
	size_t base = pyc_path_base(name, strnlen(name, PATH_MAX));

	if (base >= PATH_MAX)
		return -ENAMETOOLONG;
	if (base == 0)
		strcpy(parent, ".");
	else if (name != parent)
		memcpy(parent, name, base);
	if (base)
		parent[base] = '\0';
	return sys_openat(call->dirfd, parent, O_PATH | O_DIRECTORY, 0);
}

int place_remove(const struct call *call, int flags)
{
	return WITH_NAME(call, name, SYS3(unlinkat, call->dirfd, name, flags));
}

int place_check_access(const struct call *call, int mode)
{
	return (int)SYS3(faccessat, call->dirfd, call->given, mode);
}
