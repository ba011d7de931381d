/* SPDX-License-Identifier: MIT */
/*
 * The first look at a path that a watched call was given: may it concern bytecode at all?
 * "May" is refined by pyc_path_class(); "no" is final, and the wrapper then jumps on.
 *
 * The host may pass any address, and whatever it knew of a page may have changed since the
 * last call (free(), munmap, a truncated file behind a mapping).  So each page of a path is
 * probed before it is read, each time: one system call.  A path that cannot be read is
 * given to the kernel, which says EFAULT.  Where the real call has been made already, and
 * its result tells that the kernel has read the path, no probe is needed.  In both cases
 * another thread could still unmap the path before we read it, in a program that frees what
 * it is using.
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

/* The same for a path that the kernel has just read; only NULL and the like are bad. */
enum scan_result scan_read_path(const char *path) MUST_CHECK;

/*
 * May a call on this path, in a process that watches such calls, concern bytecode?  If not,
 * and this thread has just compiled something, the call at least shows that the compile is
 * over (trace/bracket.h).
 */
bool scan_is_wanted(const char *path) MUST_CHECK;

/*
 * The same when the real call has been made, and has succeeded or not.  If it has, or if it
 * tells of a file that is there or is not, the kernel has read the whole path, which then
 * need not be probed.  If the program gives the path as stat's buffer, too, a struct stat
 * lies there now, which contains zeros, so that also this string ends.
 */
bool scan_is_wanted_after(bool succeeded, const char *path) MUST_CHECK;

/*
 * Like scan_path() for the two paths of a rename or a link: true where one of them may concern
 * bytecode, or `always`.  False where one is bad: the kernel says so.
 */
bool scan_wants_pair(const char *one, const char *other, bool always) MUST_CHECK;

/* The same when the real call has been made, in a process that watches it. */
bool scan_wants_pair_after(bool succeeded, const char *one, const char *other) MUST_CHECK;

#endif
