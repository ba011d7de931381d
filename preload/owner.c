/*
 * See owner.h.  Runs in the host: any thread, any context.
 */
#include "owner.h"

#include <stddef.h>
#include <stdint.h>

#include "sys.h"

/* What is known of users and of groups; read when it matters for the first time. */
static struct kind {
	const char *overflow_path, *map_path;
	unsigned overflow; /* its number; 0: not known yet */
	bool maps_all;	   /* seen: every number stands for one */
} users = {"/proc/sys/kernel/overflowuid", "/proc/self/uid_map", 0, false},
  groups = {"/proc/sys/kernel/overflowgid", "/proc/self/gid_map", 0, false};

#define OVERFLOW_STANDARD 65534

/* Read the numbers that a file of /proc begins with; how many of `count` there are, or -1. */
static int read_numbers(const char *path, uint64_t *number, int count)
{
	int fd = sys_openat(AT_FDCWD, path, O_RDONLY, 0), found = 0;
	char text[64];
	long length, at = 0;

	if (fd < 0)
		return -1;
	length = sys_read(fd, text, sizeof(text));
	sys_close(fd);
	for (; found < count; found++) {
		while (at < length && text[at] == ' ')
			at++;
		if (at >= length || text[at] < '0' || text[at] > '9')
			break;
		for (number[found] = 0; at < length && text[at] >= '0' && text[at] <= '9';
		     at++)
			number[found] = number[found] * 10 + (uint64_t)(text[at] - '0');
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
 * Is every number of the machine mapped to itself?  A map has none before its maker has
 * written it; where there is no such file, the kernel has no user namespaces.
 */
static bool maps_all(struct kind *kind)
{
	uint64_t number[3]; /* inside, outside, how many */
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
	return user == 0 || user != overflow_of(&users) || maps_all(&users);
}

bool owner_is_one_group(unsigned group)
{
	return group == 0 || group != overflow_of(&groups) || maps_all(&groups);
}

bool owner_is_this_user(unsigned user)
{
	return user == sys_geteuid() && owner_is_one_user(user);
}

bool owner_is_trusted(unsigned user)
{
	return user == 0 || owner_is_this_user(user);
}
