/* SPDX-License-Identifier: MIT */
/*
 * See keep.h.
 */
#include "store/keep.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "host/config.h"
#include "host/fd_path.h"
#include "host/process.h"
#include "host/scratch.h"
#include "host/sys.h"
#include "host/text.h"
#include "host/thread.h"
#include "record/append.h"
#include "store/command_line.h"
#include "store/root_bound.h"
#include "view/identity.h"
#include "view/shadow.h"

/* After so many sources were compiled, and nothing was written, perhaps none will be. */
#define UNWRITTEN_ENOUGH 2

bool keep_is_off(void)
{
	return config.mode == MODE_deny || command_line_forbids_writing();
}

bool keep_is_unsure(void)
{
	return unlikely(thread->unwritten >= UNWRITTEN_ENOUGH) && !keep_is_off();
}

/* Beyond the limit on sizes of files, a write may be the end of the program (SIGXFSZ). */
static bool write_whole(int fd, const struct kept_pyc *pyc)
{
	return pyc->bytes <= append_size_limit() &&
	       sys_write(fd, pyc->content, pyc->bytes) == (long)pyc->bytes;
}

/* A name as the interpreter's own temporaries have, which no other thread uses. */
static int name_temporary(char temporary[PATH_MAX], const char *path)
{
	struct text text = text_in(temporary, PATH_MAX);

	text_add(&text, path);
	text_add(&text, ".");
	text_add_number(&text, process->number ^ (uint64_t)(unsigned)thread->tid << 32);
	return text.cut ? -ENAMETOOLONG : 0;
}

/* The mode of a pyc (_calc_mode and _write_atomic in Lib/importlib/_bootstrap_external.py). */
static unsigned mode_of(const struct kept_pyc *pyc)
{
	return (pyc->source_mode | 0200) & 0666;
}

/* Creates a file in the shadow, and the __pycache__ above it. */
static int create_in_shadow(const char *temporary, unsigned mode)
{
	SCRATCH(char, cache, PATH_MAX);
	int flags = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW;
	int fd = shadow_create(temporary, flags, mode), error;
	size_t base = pyc_path_base(temporary, strlen(temporary));

	if (fd != -ENOENT || !base)
		return fd;
	memcpy(cache, temporary, base - 1);
	cache[base - 1] = '\0';
	error = shadow_make_directory(cache, 0777);
	return error < 0 && error != -EEXIST ? error
					     : shadow_create(temporary, flags, mode);
}

/*
 * The descriptor that is returned is opened before the file gets its final name: at that
 * name there may be the pyc of another process a moment later, and of another source.
 */
static int keep_in_shadow(const struct call *call, const struct kept_pyc *pyc)
{
	SCRATCH(char, temporary, PATH_MAX);
	struct stat status;
	int fd, reader, error = name_temporary(temporary, call_rel(call));

	if (error < 0)
		return error;
	fd = create_in_shadow(temporary, mode_of(pyc));
	if (fd < 0)
		return fd;
	error = write_whole(fd, pyc) ? 0 : -ENOSPC;
	identity_stamp_new(fd, thread->seen_stamp_ns);
	sys_close(fd);
	reader = error < 0 ? error : shadow_open_known(temporary, O_RDONLY, &status, 0);
	error = reader < 0 ? reader : shadow_rename(temporary, call_rel(call));
	if (error < 0) {
		shadow_drop_file(temporary);
		if (reader >= 0)
			sys_close(reader);
		return error;
	}
	identity_note_new(call_rel(call), thread->seen_stamp_ns, pyc->of);
	root_bound_grown(call_rel(call));
	return reader;
}

/* Makes the directories above a pyc: its __pycache__, or all below PYTHONPYCACHEPREFIX. */
static int make_directories(const char *path)
{
	SCRATCH(char, directory, PATH_MAX);
	size_t base = pyc_path_base(path, strlen(path)), end = base - 1;
	int error = -ENOENT;

	if (base < 2)
		return -EACCES;
	memcpy(directory, path, base - 1);
	directory[end] = '\0';
	while (end && (error = sys_mkdirat(AT_FDCWD, directory, 0777)) == -ENOENT) {
		while (end && directory[end] != '/')
			end--;
		directory[end] = '\0';
	}
	while (error == 0 && end < base - 1) {
		directory[end] = '/';
		end += strlen(directory + end);
		error = sys_mkdirat(AT_FDCWD, directory, 0777);
	}
	return error == -EEXIST ? 0 : error;
}

static int create_in_place(const char *temporary, const char *path, unsigned mode)
{
	int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW;
	int fd = sys_openat(AT_FDCWD, temporary, flags, mode);

	if (fd != -ENOENT || make_directories(path) < 0)
		return fd;
	return sys_openat(AT_FDCWD, temporary, flags, mode);
}

static int keep_in_place(const struct call *call, const struct kept_pyc *pyc)
{
	SCRATCH(char, temporary, PATH_MAX);
	const char *path = call_path(call);
	int fd, reader, error = name_temporary(temporary, path);

	if (error < 0)
		return error;
	fd = create_in_place(temporary, path, mode_of(pyc));
	if (fd < 0)
		return fd;
	error = write_whole(fd, pyc) ? 0 : -ENOSPC;
	sys_close(fd);
	reader = error < 0 ? error
			   : sys_openat(AT_FDCWD, temporary,
					O_RDONLY | O_NOFOLLOW | O_NOCTTY, 0);
	error = reader < 0 ? reader : sys_renameat(AT_FDCWD, temporary, AT_FDCWD, path);
	if (error < 0) {
		SYS3(unlinkat, AT_FDCWD, temporary, 0);
		if (reader >= 0)
			sys_close(reader);
		return error;
	}
	return reader;
}

/* A descriptor for reading, as the program expects it; else the one that can write, too. */
static int reopen_to_read(int fd)
{
	char name[FD_NAME_BYTES];
	int reader;

	fd_name(name, fd);
	reader = sys_openat(AT_FDCWD, name, O_RDONLY, 0);
	if (reader < 0)
		return SYS3(lseek, fd, 0, SEEK_SET) == 0 ? fd : -ENOSYS;
	sys_close(fd);
	return reader;
}

static int keep_in_memory(const struct kept_pyc *pyc)
{
	int fd = (int)SYS2(memfd_create, "pyc", 1 /* MFD_CLOEXEC */), reader;

	if (fd < 0)
		return fd;
	reader = write_whole(fd, pyc) ? reopen_to_read(fd) : -ENOMEM;
	if (reader < 0)
		sys_close(fd);
	return reader;
}

int keep_pyc(const struct call *call, const struct kept_pyc *pyc)
{
	int fd = -EROFS;

	if (!keep_is_off())
		fd = config.mode == MODE_redirect && call->covered
			     ? keep_in_shadow(call, pyc)
			     : keep_in_place(call, pyc);
	return fd < 0 ? keep_in_memory(pyc) : fd;
}
