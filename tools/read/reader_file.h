/* SPDX-License-Identifier: MIT */
/*
 * Opens the file of a recording, without ever waiting for another process.  Used by
 * reader.c, and by places.c for the default recording.
 */
#ifndef PYCSHIM_READER_FILE_H
#define PYCSHIM_READER_FILE_H

#include <sys/stat.h>

#include "attributes.h"

/* The file of a default recording. */
struct reader_file {
	int fd; /* -1: not opened */
	struct stat status;
	const char *refusal; /* why it is not trusted, for a message; NULL: it is */
};

/*
 * Open a recording that the user named: a regular file, or an anonymous pipe (a shell's
 * <(...)).  Returns the descriptor or -errno: -ENOTSUP for devices, sockets and FIFOs,
 * whose open() would wait for a writer.
 */
int reader_file_open(const char *path) MUST_CHECK NONNULL;

/*
 * Open DIRECTORY/recording, a default place, if both belong to this user or root and nobody
 * else may write them: anybody can create that name in /dev/shm.  Returns 0, -ENOENT if
 * there is none, or -EPERM and file->refusal.
 */
int reader_file_find(const char *directory, struct reader_file *file) MUST_CHECK NONNULL;

#endif
