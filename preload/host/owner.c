/* SPDX-License-Identifier: MIT */
/*
 * See owner.h.
 */
#include "host/owner.h"

#include <stddef.h>
#include <stdint.h>

#include "host/sys.h"
#include "host/text.h"

/* What we know of users and of groups, read from /proc when first needed.  Atomic. */
static struct kind {
	const char *overflow_path, *map_path;
	unsigned overflow; /* the overflow id; 0: not read yet */
	bool maps_all;	   /* seen that every number is mapped; false: not seen yet */
} users = {"/proc/sys/kernel/overflowuid", "/proc/self/uid_map", 0, false},
  groups = {"/proc/sys/kernel/overflowgid", "/proc/self/gid_map", 0, false};

#define OVERFLOW_STANDARD 65534

/*
 * Read up to `count` numbers from the beginning of a file of /proc.  Returns how many
 * there are, or -1 if the file cannot be opened.
 */
static int read_numbers(const char *path, uint64_t *number, int count)
{
	int fd = sys_openat(AT_FDCWD, path, O_RDONLY, 0), found = 0;
	char text[64];
	const char *at = text, *end;
	long length;

	if (fd < 0)
		return -1;
	length = sys_read(fd, text, sizeof(text) - 1);
	sys_close(fd);
	text[length > 0 ? length : 0] = '\0';
	for (; found < count; found++, at = end) {
		while (*at == ' ')
			at++;
		end = text_read_number(at, &number[found]);
		if (end == at)
			break;
	}
	return found;
}

static unsigned overflow_of(struct kind *kind)
{
	unsigned overflow = __atomic_load_n(&kind->overflow, __ATOMIC_RELAXED);
	uint64_t number;

	if (!overflow) {
		overflow = read_numbers(kind->overflow_path, &number, 1) == 1
				   ? (unsigned)number
				   : OVERFLOW_STANDARD;
		__atomic_store_n(&kind->overflow, overflow, __ATOMIC_RELAXED);
	}
	return overflow;
}

/*
 * Is every id of the machine mapped to itself?  A map is empty until it has been written.
 * If the file does not exist, the kernel has no user namespaces.
 */
static bool kind_maps_all(struct kind *kind)
{
	uint64_t number[3]; /* first id inside, first id outside, how many */
	int found;

	if (__atomic_load_n(&kind->maps_all, __ATOMIC_RELAXED))
		return true;
	found = read_numbers(kind->map_path, number, 3);
	if (found >= 0 &&
	    (found < 3 || number[0] != 0 || number[1] != 0 || number[2] != UINT32_MAX))
		return false;
	__atomic_store_n(&kind->maps_all, true, __ATOMIC_RELAXED);
	return true;
}

bool owner_is_one_user(unsigned user)
{
	return user == 0 || user != overflow_of(&users) || kind_maps_all(&users);
}

bool owner_is_one_group(unsigned group)
{
	return group == 0 || group != overflow_of(&groups) || kind_maps_all(&groups);
}

bool owner_is_this_user(unsigned user)
{
	return user == sys_geteuid() && owner_is_one_user(user);
}

bool owner_is_trusted(unsigned user)
{
	return user == 0 || owner_is_this_user(user);
}
