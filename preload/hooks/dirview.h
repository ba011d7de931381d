/* SPDX-License-Identifier: MIT */
/*
 * Directory streams that show the union: what libc reads from one of the two places, and
 * behind it what only the other has.  DIR is libc's own; a table beside it knows which
 * streams have a second part.
 */
#ifndef PYCSHIM_DIRVIEW_H
#define PYCSHIM_DIRVIEW_H

#include <dirent.h>
#include <stdbool.h>

#include "attributes.h"

/* Streams that have a view: 0, and every wrapper passes the call on at once. */
extern int dirview_count;

static inline bool dirview_is_used(void)
{
	return __atomic_load_n(&dirview_count, __ATOMIC_RELAXED) != 0;
}

/*
 * What opendir of a directory, whose canonical absolute name is `path`, has given, be it
 * NULL with an errno: make it what the union shows.  0; or -errno, and a stream is the
 * caller's to close: it is not to be seen.
 */
int dirview_opened(DIR **stream, const char *path) NONNULL MUST_CHECK;

/* Give a stream that libc has opened, on that path, its second part. */
void dirview_attach(DIR *stream, const char *path) NONNULL;

/* What readdir and its like do on a stream with a view; on others the real functions. */
struct dirent *dirview_read(DIR *stream) NONNULL;
void dirview_rewind(DIR *stream) NONNULL;
long dirview_tell(DIR *stream) NONNULL;
void dirview_seek(DIR *stream, long position) NONNULL;
void dirview_close(DIR *stream) NONNULL;

#endif
