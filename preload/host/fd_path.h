/* SPDX-License-Identifier: MIT */
/*
 * Names and paths of descriptors, from /proc.
 *
 * Used by host/, trace/ and view/.  Any thread, also in a signal handler or a vfork
 * child.
 */
#ifndef PYCSHIM_FD_PATH_H
#define PYCSHIM_FD_PATH_H

#include <errno.h>

#include "host/sys.h"
#include "host/text.h"

#define FD_NAME_BYTES 40

/* Write /proc/self/fd/N, which opens the file of the descriptor.  Returns the text. */
static inline struct text fd_name(char name[FD_NAME_BYTES], int fd)
{
	struct text text = text_in(name, FD_NAME_BYTES);

	text_add(&text, "/proc/self/fd/");
	text_add_number(&text, (unsigned)fd);
	return text;
}

/*
 * Write the path of the descriptor's file, without a NUL.  Returns its length, which is
 * less than `bytes`, or -errno: there is no /proc, or the path is too long.
 */
static inline long fd_path(int fd, char *buffer, size_t bytes)
{
	char name[FD_NAME_BYTES];
	long length;

	fd_name(name, fd);
	length = sys_readlinkat(AT_FDCWD, name, buffer, bytes);
	return length == (long)bytes ? -ENAMETOOLONG : length;
}

#endif
