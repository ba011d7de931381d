/* SPDX-License-Identifier: MIT */
/*
 * See scan.h.
 */
#include "hooks/scan.h"

#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <string.h>
#include <sys/uio.h>

#include "call/call.h"
#include "host/descriptor.h"
#include "host/process.h"
#include "host/sys.h"
#include "host/valgrind.h"
#include "path/name.h"
#include "pyc_path.h"
#include "trace/bracket.h"

/* The smallest page of the machines that sys.h knows; what is larger is a multiple of it. */
#define PAGE_BYTES 4096u

/* Are we watched by valgrind?  Asked for once. */
static int watched; /* 1: yes, -1: no, 0: not known yet */

static COLD bool find_valgrind(void)
{
	bool found = valgrind_is_running();

	__atomic_store_n(&watched, found ? 1 : -1, __ATOMIC_RELAXED);
	return found;
}

static bool has_valgrind(void)
{
	int known = __atomic_load_n(&watched, __ATOMIC_RELAXED);

	return unlikely(known >= 0) && (known || find_valgrind());
}

static COLD bool can_read_a_byte(const char *page)
{
	char byte;
	struct iovec to = {&byte, 1}, from = {(void *)(uintptr_t)page, 1};

	return sys_call6(SYS_process_vm_readv, sys_getpid(), (long)&to, 1, (long)&from, 1,
			 0) != -EFAULT;
}

/*
 * Can a page be read?  Valgrind would find fault with bytes of it that are no part of the
 * path, in every call that takes them for an argument but process_vm_readv().
 */
static bool is_readable(const char *page)
{
	return has_valgrind() ? can_read_a_byte(page) : sys_is_readable(page);
}

/* The length of a path, looking at no page before it was probed; -1: it is bad. */
static long readable_length(const char *path)
{
	size_t length = 0, left, found;

	if ((uintptr_t)path < PAGE_BYTES) /* the probe takes NULL for "nothing to read" */
		return -1;
	while (length < PATH_MAX) {
		left = PAGE_BYTES - (uintptr_t)(path + length) % PAGE_BYTES;
		if (!is_readable(path + length - (PAGE_BYTES - left)))
			return -1;
		found = strnlen(path + length, left);
		length += found;
		if (found < left)
			return length < PATH_MAX ? (long)length : -1;
	}
	return -1;
}

static bool ends_as(const char *path, size_t length, const char *ending)
{
	size_t bytes = strlen(ending);

	return length >= bytes && memcmp(path + length - bytes, ending, bytes) == 0;
}

/* Can a path be a source, a pyc or a temporary one by its last name? */
static bool has_our_ending(const char *path, size_t length)
{
	length = name_end(path, length); /* a directory may have such a name */
	if (length < 4)
		return false;
	return ends_as(path, length, ".py") || ends_as(path, length, ".pyc") ||
	       ends_as(path, length, ".pyo") ||
	       (path[length - 1] >= '0' && path[length - 1] <= '9' &&
		pyc_path_untemporary(path, length) != length);
}

static enum scan_result scan_string(const char *path, long length)
{
	if (length < 0)
		return SCAN_BAD;
	if (has_our_ending(path, (size_t)length) ||
	    pyc_path_cache_end(path, (size_t)length) ||
	    (path[0] != '/' && descriptor_relative_names_matter()))
		return SCAN_OURS;
	return SCAN_OTHER;
}

enum scan_result scan_path(const char *path)
{
	return scan_string(path, readable_length(path));
}

enum scan_result scan_read_path(const char *path)
{
	size_t length;

	if ((uintptr_t)path < PAGE_BYTES)
		return SCAN_BAD;
	length = strnlen(path, PATH_MAX);
	return scan_string(path, length < PATH_MAX ? (long)length : -1);
}

/*
 * Has the kernel read the whole path of the call that was just made?  After other errors
 * it may not have: the flags may be wrong, or a seccomp filter may have answered.
 */
static bool was_read(bool succeeded)
{
	return succeeded || errno == ENOENT || errno == ENOTDIR || errno == EEXIST;
}

static enum scan_result scan_after(bool was_read, const char *path)
{
	return was_read ? scan_read_path(path) : scan_path(path);
}

static bool wants_pair(enum scan_result one, enum scan_result other, bool always)
{
	return one != SCAN_BAD && other != SCAN_BAD &&
	       (one == SCAN_OURS || other == SCAN_OURS || always);
}

bool scan_wants_pair(const char *one, const char *other, bool always)
{
	return wants_pair(scan_path(one), scan_path(other), always);
}

bool scan_wants_pair_after(bool succeeded, const char *one, const char *other)
{
	int error = errno;
	bool read = was_read(succeeded);
	bool wanted = !process_is_waiting() &&
		      wants_pair(scan_after(read, one), scan_after(read, other), false);

	errno = error;
	return wanted;
}

static bool is_scan_wanted(enum scan_result found)
{
	if (found == SCAN_OURS)
		return true;
	if (bracket_waits())
		call_passes();
	return false;
}

bool scan_is_wanted(const char *path)
{
	return !process_is_waiting() && is_scan_wanted(scan_path(path));
}

bool scan_is_wanted_after(bool succeeded, const char *path)
{
	int error = errno;
	bool wanted = !process_is_waiting() &&
		      is_scan_wanted(scan_after(was_read(succeeded), path));

	errno = error;
	return wanted;
}
