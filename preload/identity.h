/*
 * Which pycs of the shadow are used.  A shadow may outlive the image or the release that it
 * was filled for (a volume, a cache directory of systemd).  The pyc's header does not tell
 * the old sources from the new ones where the times of files are clamped
 * (SOURCE_DATE_EPOCH, ostree, Nix).  So a pyc of the shadow is used only for the very
 * source that it was made from, which is known by its change time (ctime): nobody can set
 * that, and every change of the file changes it.
 *
 * A pyc that an interpreter has compiled is stamped: the modification time of its file in
 * the shadow is that of its source's last change, as it was when the interpreter opened
 * the source.  Looking a pyc up so needs nothing that was not asked for anyway.  A pyc
 * that came otherwise (copied, moved, or with times that the program has set) keeps its
 * times, and has a note beside it instead (identity_note.h).
 *
 * What is not valid for the source that is there is as if it were not there.  What has no
 * source any more is seen only by the process that removed the source, and is removed when
 * it is met.
 *
 * shadow_look() and the union's open ask here, and nobody else decides.  `rel` is as in
 * shadow.h.  Any thread, any context; raw system calls only; errno untouched.
 */
#ifndef PYCSHIM_IDENTITY_H
#define PYCSHIM_IDENTITY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "attributes.h"
#include "thread.h"

static inline int64_t identity_ns(struct timespec time)
{
	return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

/*
 * The stamp for a source, in nanoseconds since the epoch: the seconds of its change time,
 * and a mixture of their fraction with what else tells two files apart.  Change times alone
 * do not: they advance by a tick of some milliseconds, in which many files are unpacked.
 * Pure.
 */
static inline int64_t identity_stamp_of(const struct stat *source)
{
	uint64_t mixed = (uint64_t)source->st_ino * 0x9e3779b97f4a7c15u;

	mixed = (mixed ^ (uint64_t)identity_ns(source->st_mtim)) * 0xff51afd7ed558ccdu;
	mixed = (mixed ^ mixed >> 32 ^ (uint64_t)source->st_size) * 0xc4ceb9fe1a85ec53u;
	mixed = (mixed >> 32) + (uint64_t)source->st_ctim.tv_nsec;
	return (int64_t)source->st_ctim.tv_sec * 1000000000 +
	       (int64_t)(mixed % 1000000000);
}

/*
 * The unit, in nanoseconds, in which the file system that this file is on keeps times: its
 * own two times tell.  Pure.
 */
static inline int64_t identity_unit_ns(const struct stat *status)
{
	static const int64_t units[] = {1000000000, 1000000, 1000, 100};
	unsigned i;

	for (i = 0; i < ARRAY_SIZE(units); i++)
		if (status->st_ctim.tv_nsec % units[i] == 0 &&
		    status->st_mtim.tv_nsec % units[i] == 0)
			return units[i];
	return 1;
}

/* Does the file have this stamp, as far as its file system keeps it?  Pure. */
static inline bool identity_is_stamped(const struct stat *status, int64_t stamp_ns)
{
	int64_t has = identity_ns(status->st_mtim), unit;

	if (likely(has == stamp_ns))
		return true;
	unit = identity_unit_ns(status);
	return unit > 1 && has == stamp_ns - stamp_ns % unit;
}

/*
 * Is it the pyc, of this key, of the source that this thread has just looked at?  For the
 * open of a look-up: an import looks at the source before that, so we need not.
 */
static inline bool identity_is_of_seen(const struct stat *status, uint64_t key)
{
	return thread->seen_key == key && thread->seen_is_source &&
	       identity_is_stamped(status, thread->seen_stamp_ns);
}

/* Is what was found in the shadow to be seen?  Removes what has lost its source. */
bool identity_sees(const char *rel, const struct stat *status) MUST_CHECK NONNULL;

/* This thread has opened the source at an absolute path, maybe to compile it. */
void identity_source_opened(const char *path, int64_t stamp_ns) NONNULL;

/* Has this thread opened the source of the pyc at `rel` since it made its last pyc? */
bool identity_compiles(const char *rel) MUST_CHECK NONNULL;

/*
 * The file at `rel` is about to become the pyc at `to`: stamp it, if this thread has
 * compiled that.  Returns whether it did.
 */
bool identity_stamp(const char *rel, const char *to) NONNULL;

/* The same for a pyc that was written in its place, by a descriptor of it. */
void identity_stamp_open(const char *path, int fd) NONNULL;

/* The program has put something else at `rel`, or has changed its times: it is to be seen. */
void identity_keep(const char *rel) NONNULL;

/* The program is about to change the source of the pyc at `rel`, which is seen and stays so. */
void identity_keep_through_change(const char *rel) NONNULL;

/* The pyc is removed from the shadow. */
void identity_forget(const char *rel) NONNULL;

/*
 * May the shadow keep a file of this name?  Not a pyc that is beside no source, for that
 * is a program, and no cache.
 */
bool identity_may_keep(const char *rel) MUST_CHECK NONNULL;

/* The program is about to remove the source at this absolute path. */
void identity_source_going(const char *path) NONNULL;

#endif
