/*
 * See launch_state.h.  Runs in the launcher only.
 */
#include "launch_state.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "setting.h"
#include "user.h"
#include "util.h"

/*
 * By descriptor: the name may mean something else a moment later.  Another file system than
 * the one above may be a stranger's, and show any owner (FUSE).
 */
static bool is_trustworthy(const char *directory)
{
	int fd = open(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat status, above;
	bool trusted;

	if (fd < 0)
		return false;
	trusted = fstat(fd, &status) == 0 && user_is_trusted(status.st_uid) &&
		  (status.st_mode & (S_IRWXG | S_IRWXO)) == 0 &&
		  fstatat(fd, "..", &above, 0) == 0 && above.st_dev == status.st_dev &&
		  faccessat(fd, ".", W_OK | X_OK, AT_EACCESS) == 0;
	close(fd);
	return trusted;
}

/* Takes `directory`; returns it if it can be used. */
static char *try(char *directory)
{
	mkdir(directory, 0700); /* or it is there, or it cannot be used anyway */
	if (is_trustworthy(directory))
		return directory;
	free(directory);
	return NULL;
}

char *state_directory(void)
{
	static const char *const places[] = SETTING_STATE_PLACES;
	char *runtime = user_runtime_directory(), *directory = NULL;
	unsigned i;

	if (runtime)
		directory = try(xasprintf("%s/pycshim", runtime));
	free(runtime);
	for (i = 0; i < ARRAY_SIZE(places) && !directory; i++)
		directory = try(xasprintf("%s%u", places[i], (unsigned)geteuid()));
	return directory;
}
