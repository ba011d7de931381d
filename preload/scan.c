/*
 * See scan.h.
 */
#include "scan.h"

#include <limits.h>
#include <stdint.h>
#include <string.h>
#include <sys/uio.h>

#include "pyc_path.h"
#include "sys.h"
#include "valgrind.h"

/* The smallest page of the machines that sys.h knows; what is larger is a multiple of it. */
#define PAGE_BYTES 4096u

static int relative_count;

void scan_count_relative(int change)
{
	if (change)
		__atomic_add_fetch(&relative_count, change, __ATOMIC_RELAXED);
}

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

size_t scan_name_end(const char *path, size_t length)
{
	while (length > 0 &&
	       (path[length - 1] == '/' ||
		(path[length - 1] == '.' && length > 1 && path[length - 2] == '/')))
		length--;
	return length;
}

static bool ends_as(const char *path, size_t length, const char *ending)
{
	size_t bytes = strlen(ending);

	return length >= bytes && memcmp(path + length - bytes, ending, bytes) == 0;
}

/* Can a path be a source, a pyc or a temporary one by its last name? */
static bool has_our_ending(const char *path, size_t length)
{
	length = scan_name_end(path, length); /* a directory may have such a name */
	if (length < 4)
		return false;
	return ends_as(path, length, ".py") || ends_as(path, length, ".pyc") ||
	       ends_as(path, length, ".pyo") ||
	       (path[length - 1] >= '0' && path[length - 1] <= '9' &&
		pyc_path_untemporary(path, length) != length);
}

enum scan_result scan_path(const char *path)
{
	long length = readable_length(path);

	if (length < 0)
		return SCAN_BAD;
	if (has_our_ending(path, (size_t)length) ||
	    pyc_path_cache_end(path, (size_t)length) ||
	    (path[0] != '/' && __atomic_load_n(&relative_count, __ATOMIC_RELAXED) != 0))
		return SCAN_OURS;
	return SCAN_OTHER;
}

bool scan_wants_pair(const char *one, const char *other, bool always)
{
	enum scan_result first = scan_path(one), second = scan_path(other);

	return first != SCAN_BAD && second != SCAN_BAD &&
	       (first == SCAN_OURS || second == SCAN_OURS || always);
}
