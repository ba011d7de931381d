/* SPDX-License-Identifier: MIT */
/*
 * See union_source.h.
 */
#include "view/union_source.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "host/listing.h"
#include "host/process.h"
#include "host/scratch.h"
#include "host/sys.h"
#include "host/text.h"
#include "pyc_path.h"
#include "view/identity.h"
#include "view/place.h"
#include "view/shadow.h"

/* Makes up a name like an interpreter's temporary file, which tools know: 0, or -errno. */
static int temporary_pyc(char *name, size_t bytes, const char *base)
{
	struct text text = text_in(name, bytes);

	text_add(&text, base);
	text_add(&text, ".");
	text_add_number(&text, process->number);
	return text.cut ? -ENAMETOOLONG : 0;
}

/* Copies the file with its permissions and times to a new one: 0, or -errno. */
static int copy_to(int from, const struct stat *status, int directory,
		   const char *temporary)
{
	struct timespec times[2] = {status->st_atim, status->st_mtim};
	int to = sys_openat(directory, temporary,
			    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
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
		SYS3(unlinkat, directory, temporary, 0);
	return error;
}

/* Copies the file to the name `base`; a rename replaces what is there.  0, or -errno. */
static int bring_into(int from, int directory, const char *base)
{
	char temporary[NAME_MAX + 32];
	struct stat status;
	int error = sys_fstat(from, &status);

	if (error == 0)
		error = temporary_pyc(temporary, sizeof(temporary), base);
	if (error == 0)
		error = copy_to(from, &status, directory, temporary);
	if (error < 0)
		return error;
	error = sys_renameat(directory, temporary, directory, base);
	if (error < 0)
		SYS3(unlinkat, directory, temporary, 0);
	return error;
}

int union_bring_out(const char *rel, const char *path, const struct call *call)
{
	int from = shadow_open(rel, O_RDONLY), directory, error;

	if (from < 0)
		return from;
	directory = place_open_parent(call);
	error = directory < 0 ? directory
			      : bring_into(from, directory,
					   path + pyc_path_base(path, strlen(path)));
	if (directory >= 0)
		sys_close(directory);
	sys_close(from);
	if (error < 0)
		return error;
	shadow_drop_file(rel);
	identity_forget(rel);
	return 0;
}

/* A walk through the shadow's pycs of one source. */
struct pycs {
	const char *stem; /* the module's name, without the suffix */
	size_t stem_length;
	size_t directory; /* the length of the directory's path, with its slash */
	bool of_content;  /* the source gets another content, perhaps */
	char path[PATH_MAX];
};

/* Keeps an entry of the directory visible, if it is a pyc of the source. */
static bool keep_pyc(const struct listing_entry *entry, void *argument)
{
	struct pycs *pycs = argument;
	struct text text = {pycs->path, PATH_MAX, pycs->directory, false};
	struct stat status;

	if (strncmp(entry->name, pycs->stem, pycs->stem_length) != 0 ||
	    entry->name[pycs->stem_length] != '.')
		return true;
	text_add(&text, entry->name);
	if (!text.cut && identity_look(pycs->path + 1, false, &status) == 0)
		identity_keep_through_change(pycs->path + 1, pycs->of_content);
	return true;
}

/* `cache`: "__pycache__/", or "" for the pycs beside the source. */
static void keep_pycs(const struct call *call, const char *cache, bool of_content)
{
	SCRATCH(struct pycs, pycs, sizeof(*pycs));
	struct text text = text_in(pycs->path, PATH_MAX);
	const char *path = call_path(call);
	size_t base = pyc_path_base(path, call->path_length);
	int fd;

	text_add_bytes(&text, path, base);
	text_add(&text, cache);
	pycs->directory = text.length;
	pycs->of_content = of_content;
	pycs->stem = path + base;
	pycs->stem_length = call->path_length - base - sizeof(".py") + 1;
	if (text.cut || text.length < 2)
		return;
	pycs->path[pycs->directory - 1] = '\0';
	fd = shadow_open(pycs->path + 1, O_RDONLY | O_DIRECTORY);
	pycs->path[pycs->directory - 1] = '/';
	if (fd < 0)
		return;
	(void)listing_each(fd, keep_pyc, pycs);
	sys_close(fd);
}

void union_source_changing(const struct call *call)
{
	bool of_content = call->operation != CALL_chmod &&
			  call->operation != CALL_change && call->operation != CALL_link;
	struct stat status;

	if (place_look(call, &status) < 0) /* a new source has no pycs yet */
		return;
	keep_pycs(call, PYCACHE "/", of_content);
	keep_pycs(call, "", of_content);
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
		if (!text.cut && identity_look(path + 1, false, &status) == 0 &&
		    S_ISREG(status.st_mode))
			(void)!union_bring_out(path + 1, path, call);
	}
	if (call->operation == CALL_rename) /* it may come back */
		keep_pycs(call, PYCACHE "/", false);
	identity_source_going(call_path(call));
}
