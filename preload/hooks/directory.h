/* SPDX-License-Identifier: MIT */
/*
 * Calls on directories as streams, and on the current directory: what hooks.c hands over
 * when process_watches_trees() is set.
 */
#ifndef PYCSHIM_DIRECTORY_H
#define PYCSHIM_DIRECTORY_H

#include <dirent.h>

/* opendir and fdopendir: the union's view where there is one. */
DIR *directory_open(const char *path);
DIR *directory_open_fd(int fd);

/* closedir, which closes a descriptor that we may know. */
int directory_close(DIR *stream);

/* The current directory may have changed: `result` is chdir's or fchdir's, given back. */
int directory_moved(int result);

/* Another root or mounts: paths mean something else now.  Gives back the result. */
int directory_rerooted(int result);

/* A path from the kernel (getcwd, realpath): without the shadow's root.  Given back. */
char *directory_strip(char *path);

/*
 * The same for what readlink has put into the buffer: `length` bytes, or less than nothing.
 * What does not fit is cut as the whole would be.  The length is given back.
 */
long directory_strip_link(int dirfd, const char *path, char *buffer, size_t bytes,
			  long length);

#endif
