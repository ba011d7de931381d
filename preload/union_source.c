/*
 * See union_source.h.  Runs in the host: any thread, any context; raw system calls only.
 */
#include "union_source.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "identity.h"
#include "process.h"
#include "scratch.h"
#include "shadow.h"
#include "sys.h"
#include "text.h"

/* Named as an interpreter's own temporary, so that others know what it is. */
static int temporary_name(char name[PATH_MAX], const char *path)
{
	struct text text = text_in(name, PATH_MAX);

	text_add(&text, path);
	text_add(&text, ".");
	text_add_number(&text, process->number);
	return text.cut ? -ENAMETOOLONG : 0;
}

static int copy_to(int from, const struct stat *status, const char *temporary)
{
	struct timespec times[2] = {status->st_atim, status->st_mtim};
	int to = sys_openat(AT_FDCWD, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW,
			    0600);
	int error;

	if (to < 0)
		return to;
	error = shadow_copy_content(from, to);
	if (error == 0)
		error = (int)SYS2(fchmod, to, status->st_mode & 07777);
	if (error == 0)
		error = (int)SYS4(utimensat, to, NULL, times, 0);
	sys_close(to);
	if (error < 0)
		SYS3(unlinkat, AT_FDCWD, temporary, 0);
	return error;
}

int union_bring_out(const char *rel, const char *path)
{
	SCRATCH(char, temporary, PATH_MAX);
	struct stat status;
	int from = shadow_open(rel, O_RDONLY);
	int error = from < 0 ? from : sys_fstat(from, &status);

	if (error >= 0)
		error = temporary_name(temporary, path);
	if (error >= 0)
		error = copy_to(from, &status, temporary);
	if (from >= 0)
		sys_close(from);
	if (error < 0)
		return error;
	error = (int)SYS4(renameat, AT_FDCWD, temporary, AT_FDCWD, path);
	if (error < 0) {
		SYS3(unlinkat, AT_FDCWD, temporary, 0);
		return error;
	}
	shadow_drop_file(rel);
	identity_forget(rel);
	return 0;
}

void union_source_going(const struct call *call)
{
	SCRATCH(char, path, PATH_MAX);
	static const char *const suffixes[] = {"c", "o"}; /* m.pyc, m.pyo */
	struct text text = text_in(path, PATH_MAX);
	struct stat status;
	size_t length;
	unsigned i;

	text_add(&text, call_path(call));
	length = text.length;
	for (i = 0; i < ARRAY_SIZE(suffixes); i++) {
		text.length = length;
		text_add(&text, suffixes[i]);
		if (!text.cut && shadow_look(path + 1, false, &status) == 0 &&
		    S_ISREG(status.st_mode))
			(void)!union_bring_out(path + 1, path);
	}
	identity_source_going(call_path(call));
}
