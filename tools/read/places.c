/* SPDX-License-Identifier: MIT */
/*
 * See places.h.
 */
#include "read/places.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/escape.h"
#include "common/user.h"
#include "common/util.h"
#include "read/reader_file.h"
#include "setting.h"

#define OTHERS_NAMED 10

static const char *const places[] = SETTING_STATE_PLACES;

/* Return the path of the recording in `directory`, or NULL.  Frees `directory`. */
static char *look_in(char *directory)
{
	struct reader_file file;
	int error = reader_file_find(directory, &file);
	char *path = xasprintf("%s/recording", directory);

	free(directory);
	if (!error) {
		close(file.fd);
		if (!user_is_this(file.status.st_uid))
			warn("%s: made by user %u", path, (unsigned)file.status.st_uid);
		return path;
	}
	if (error != -ENOENT)
		warn("%s: not read, as nobody named it: %s", path, file.refusal);
	free(path);
	return NULL;
}

/* Print the path of any user's recording in PARENT/NAME, if there is one, and count it. */
static void print_other(const char *parent, const char *name, size_t *shown)
{
	char *directory = xasprintf("%s/%s", parent, name), *safe;
	int fd = open(directory, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat status;

	if (fd >= 0 && fstatat(fd, "recording", &status, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISREG(status.st_mode) && ++*shown <= OTHERS_NAMED) {
		safe = escape_text(directory, escape_wants_ascii(STDERR_FILENO));
		fprintf(stderr, "  %s/recording  (of user %u)\n", safe ? safe : "?",
			(unsigned)status.st_uid);
		free(safe);
	}
	if (fd >= 0)
		close(fd);
	free(directory);
}

/* The same for all directories that begin with `place`, such as /dev/shm/pycshim-. */
static void print_others(const char *place, size_t *shown)
{
	const char *begin = strrchr(place, '/') + 1;
	char *parent = xasprintf("%.*s", (int)(begin - 1 - place), place);
	DIR *directory = opendir(parent);
	struct dirent *entry;

	while (directory && (entry = readdir(directory)))
		if (strncmp(entry->d_name, begin, strlen(begin)) == 0)
			print_other(parent, entry->d_name, shown);
	if (directory)
		closedir(directory);
	free(parent);
}

static void warn_no_recording(void)
{
	size_t shown = 0, i;

	warn("no recording in $XDG_RUNTIME_DIR/pycshim, /dev/shm/pycshim-%u or "
	     "/tmp/pycshim-%u: name one, or make one (pycshim -- COMMAND)",
	     (unsigned)geteuid(), (unsigned)geteuid());
	for (i = 0; i < ARRAY_SIZE(places); i++)
		print_others(places[i], &shown);
	if (shown > OTHERS_NAMED)
		fprintf(stderr, "  and %zu more\n", shown - OTHERS_NAMED);
}

char *places_look(void)
{
	return user_find_state(look_in);
}

char *places_find(void)
{
	char *path = places_look();

	if (!path)
		warn_no_recording();
	return path;
}
