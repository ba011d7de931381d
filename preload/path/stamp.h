/* SPDX-License-Identifier: MIT */
/*
 * The stamp of a source: a number that differs from that of any other source, and changes
 * whenever the source does.  A pyc in the shadow has the stamp of its source as its mtime
 * (identity.h).
 *
 * Used by trace/, call/ and view/.  Pure: no I/O, no allocation, errno untouched; any
 * thread, also in a signal handler.
 */
#ifndef PYCSHIM_STAMP_H
#define PYCSHIM_STAMP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "attributes.h"

static inline int64_t stamp_time_ns(struct timespec time)
{
	return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

/*
 * The stamp of a source, in nanoseconds since the epoch: the change time, and a part of a
 * second that is a hash of the change time's fraction, inode number, mtime and size.  Change
 * times alone are not unique, because the kernel's clock for them advances by some
 * milliseconds, in which an archiver unpacks many files.  The stamp is in the second of the
 * change, or in the next one where too little is left of that for a hash.  It is not before the
 * change: programs such as setuptools compile what is older than its source.
 */
static inline int64_t stamp_of(const struct stat *source)
{
	const int64_t second = 1000000000, least_room = second / 10;
	int64_t changed = stamp_time_ns(source->st_ctim);
	int64_t room = second - source->st_ctim.tv_nsec;
	uint64_t mixed = (uint64_t)source->st_ino * 0x9e3779b97f4a7c15u;

	mixed = (mixed ^ (uint64_t)stamp_time_ns(source->st_mtim)) * 0xff51afd7ed558ccdu;
	mixed = (mixed ^ mixed >> 32 ^ (uint64_t)source->st_size) * 0xc4ceb9fe1a85ec53u;
	mixed = (mixed >> 32) + (uint64_t)source->st_ctim.tv_nsec;
	if (room < least_room) {
		changed += room;
		room = second;
	}
	return changed + (int64_t)(mixed % (uint64_t)room);
}

/*
 * The granularity of times on the file system of this file, in nanoseconds, as far as the
 * file's ctime and mtime show it.
 */
static inline int64_t stamp_unit_ns(const struct stat *status)
{
	static const int64_t units[] = {1000000000, 1000000, 1000, 100};
	unsigned i;

	for (i = 0; i < ARRAY_SIZE(units); i++)
		if (status->st_ctim.tv_nsec % units[i] == 0 &&
		    status->st_mtim.tv_nsec % units[i] == 0)
			return units[i];
	return 1;
}

/* Does the file have this stamp as its mtime, to its file system's granularity? */
static inline bool stamp_is_on(const struct stat *status, int64_t stamp_ns)
{
	int64_t has = stamp_time_ns(status->st_mtim), unit;

	if (likely(has == stamp_ns))
		return true;
	unit = stamp_unit_ns(status);
	return unit > 1 && has == stamp_ns - stamp_ns % unit;
}

#endif
