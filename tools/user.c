/*
 * See user.h.
 */
#include "user.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util.h"

/* A number that stands alone in a file of /proc; -1: there is none. */
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

/* Are all users of the machine known here by their own numbers? */
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

char *user_runtime_directory(void)
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
