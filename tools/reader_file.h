/*
 * Opening the file of a recording: whoever made it, opening it waits for nobody.
 * Used by reader.c, and by places.c for the recordings that nobody named.
 */
#ifndef PYCSHIM_READER_FILE_H
#define PYCSHIM_READER_FILE_H

#include <sys/stat.h>

#include "attributes.h"

/* A file of one of the default places. */
struct reader_file {
	int fd; /* -1: not opened */
	struct stat status;
	const char *refusal; /* why it is not trusted, in words; NULL: it is */
};

/*
 * Open a recording that was named: a regular file, or a pipe without a name (a shell's
 * <(...)).  A FIFO, which would wait for a writer, a device and a socket are -ENOTSUP.
 * Returns the descriptor or -errno.
 */
int reader_file_open(const char *path) MUST_CHECK NONNULL;

/*
 * Open DIRECTORY/recording, which nobody named, if both are this user's or root's and
 * nobody else may write them: anybody can make something of that name in /dev/shm.
 * Returns 0, -ENOENT where there is none, or -EPERM with file->refusal.
 */
int reader_file_find(const char *directory, struct reader_file *file) MUST_CHECK NONNULL;

#endif
