/*
 * The first look at a path that a watched call was given: may it concern bytecode at all?
 * "May" is refined by pyc_path_class(); "no" is final, and the wrapper then jumps on.
 *
 * The host may pass any address, and whatever it knew of a page may have changed since the
 * last call (free(), munmap, a truncated file behind a mapping).  So each page of a path is
 * probed before it is read, each time: one system call, which costs 0.1 to 0.3 % of a
 * Python's start.  A path that cannot be read is given to the kernel, which says EFAULT.
 *
 * Called by the wrappers, in a process of ours only.  Any thread, any context.
 */
#ifndef PYCSHIM_SCAN_H
#define PYCSHIM_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#include "attributes.h"

enum scan_result {
	SCAN_OTHER, /* it does not concern bytecode, by its looks */
	SCAN_OURS,  /* it may */
	SCAN_BAD,   /* it cannot be read, or is too long for the kernel */
};

enum scan_result scan_path(const char *path) MUST_CHECK;

/*
 * The same for the two paths of a rename or a link: true where one of them may concern
 * bytecode, or `always`.  False where one is bad: the kernel says so.
 */
bool scan_wants_pair(const char *one, const char *other, bool always) MUST_CHECK;

/*
 * How many descriptors, and whether the current directory, are inside a __pycache__: while
 * there are any, each relative path may concern us.  In redirect and deny mode only.
 */
void scan_count_relative(int change);

/*
 * Where a path's last name ends: behind it are slashes and dots, which say that it must be
 * a directory.
 */
size_t scan_name_end(const char *path, size_t length) NONNULL MUST_CHECK;

#endif
