/*
 * The path of a descriptor, by way of /proc.  Any thread, any context.
 */
#ifndef PYCSHIM_FD_PATH_H
#define PYCSHIM_FD_PATH_H

#include <errno.h>

#include "sys.h"
#include "text.h"

#define FD_NAME_BYTES 40

/* A name by which the kernel takes what the descriptor is open on. */
static inline struct text fd_name(char name[FD_NAME_BYTES], int fd)
{
	struct text text = text_in(name, FD_NAME_BYTES);

	text_add(&text, "/proc/self/fd/");
	text_add_number(&text, (unsigned)fd);
	return text;
}

/*
 * Where that is, without a NUL, for which there is room: the length, or -errno where there
 * is no /proc, or too little room.
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
