/* SPDX-License-Identifier: MIT */
/*
 * See user.h.
 */
#include "common/user.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/util.h"
#include "setting.h"

/* Read the number in a file of /proc; -1: there is none. */
static int64_t number_in(const char *path)
{
	FILE *file = fopen(path, "re");
	int64_t number = -1;

	if (file && fscanf(file, "%" SCNd64, &number) != 1)
		number = -1;
	if (file)
		fclose(file);
	return number;
}

/* Are we in a user namespace that maps every uid to itself, as the initial one does? */
static bool has_all_users(void)
{
	FILE *map = fopen("/proc/self/uid_map", "re");
	uint32_t inside = 0, outside = 0, count = UINT32_MAX;

	if (map) {
		if (fscanf(map, "%" SCNu32 "%" SCNu32 "%" SCNu32, &inside, &outside,
			   &count) != 3)
			count = 0;
		fclose(map);
	}
	return inside == 0 && outside == 0 && count == UINT32_MAX;
}

static bool is_overflow(uid_t uid)
{
	return number_in("/proc/sys/kernel/overflowuid") == (int64_t)uid &&
	       !has_all_users();
}

bool user_is_this(uid_t uid)
{
	return uid == geteuid() && !is_overflow(uid);
}

bool user_is_trusted(uid_t uid)
{
	return user_is_this(uid) || (uid == 0 && !is_overflow(uid));
}

int user_access(int dirfd, const char *path, int mode)
{
	if (faccessat(dirfd, path, mode, AT_EACCESS) == 0)
		return 0;
	/* glibc asks the newer call without flags, too */
	if (errno == EPERM && syscall(SYS_faccessat, dirfd, path, mode) == 0)
		return 0;
	return -errno;
}

/*
 * Return $XDG_RUNTIME_DIR without trailing slashes, which the caller frees.  NULL if it is
 * unset or not a directory of this user: su and sudo -E pass on another user's.
 */
static char *runtime_directory(void)
{
	const char *value = getenv("XDG_RUNTIME_DIR");
	struct stat status;
	char *directory;
	size_t length;

	if (!value || *value != '/')
		return NULL;
	directory = xstrdup(value);
	for (length = strlen(directory); length > 1 && directory[length - 1] == '/';)
		directory[--length] = '\0';
	if (lstat(directory, &status) == 0 && S_ISDIR(status.st_mode) &&
	    user_is_this(status.st_uid))
		return directory;
	free(directory);
	return NULL;
}

char *user_find_state(char *(*use)(char *directory))
{
	static const char *const places[] = SETTING_STATE_PLACES;
	char *runtime = runtime_directory(), *found = NULL;
	size_t i;

	if (runtime)
		found = use(xasprintf("%s/pycshim", runtime));
	free(runtime);
	for (i = 0; i < ARRAY_SIZE(places) && !found; i++)
		found = use(xasprintf("%s%u", places[i], (unsigned)geteuid()));
	return found;
}
