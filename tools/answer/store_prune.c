/* SPDX-License-Identifier: MIT */
/*
 * See store_prune.h.
 */
#include "answer/store_prune.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/user.h"
#include "common/util.h"
#include "read/tables.h"

/* No write takes so long: what is older was interrupted. */
#define LEFTOVER_NS (INT64_C(3600) * 1000000000)

/* For qsort(): used longest ago first. */
static int compare_use(const void *a, const void *b)
{
	const struct store_item *left = a, *right = b;

	return (left->used_ns > right->used_ns) - (left->used_ns < right->used_ns);
}

/* Remove HH/NAME, unless its time is no longer `seen_ns`.  Returns 0 or -errno. */
static int remove_unused(const struct store_list *list, const char *name, int64_t seen_ns)
{
	int part = store_list_part(list, name), result = 0;
	struct stat status;
	int64_t now_ns;

	if (part < 0)
		return part;
	if (fstatat(part, name + 3, &status, AT_SYMLINK_NOFOLLOW) != 0) {
		result = -errno;
	} else {
		now_ns = amount_add(amount_times(status.st_mtim.tv_sec, 1000000000),
				    status.st_mtim.tv_nsec);
		if (seen_ns >= 0 && now_ns > seen_ns)
			result = -EBUSY;
		else if (unlinkat(part, name + 3, 0) != 0)
			result = -errno;
	}
	close(part);
	return result;
}

static void prune_leftovers(struct store_prune *prune, const struct store_list *list)
{
	const struct store_leftover *leftover;
	int result;
	size_t i;

	for (i = 0; i < list->leftover_count; i++) {
		leftover = &list->leftover[i];
		if (leftover->changed_ns > prune->now_ns - LEFTOVER_NS)
			continue;
		result = prune->dry_run ? 0
					: remove_unused(list, leftover->name,
							leftover->changed_ns);
		if (result == 0) {
			prune->leftovers++;
			prune->leftover_bytes = amount_add(prune->leftover_bytes,
							   leftover->bytes);
		} else if (result != -ENOENT && result != -EBUSY) {
			prune->error = -result;
		}
	}
}

static void prune_items(struct store_prune *prune, const struct store_list *list,
			int64_t part_bytes[STORE_PARTS])
{
	const struct store_item *item;
	char name[STORE_NAME_BYTES];
	int result;
	size_t i;

	for (i = 0; i < list->count; i++) {
		item = &list->item[i];
		if (prune->bytes <= prune->max_bytes &&
		    item->used_ns >= prune->unused_since)
			break;
		store_name(name, &item->key);
		result = prune->dry_run ? 0 : remove_unused(list, name, item->used_ns);
		if (result == 0) {
			prune->removed++;
			prune->removed_bytes += item->bytes;
		} else if (result != -ENOENT) { /* used again, or it cannot be removed */
			if (result != -EBUSY)
				prune->error = -result;
			continue;
		}
		prune->entries--;
		prune->bytes -= item->bytes;
		part_bytes[item->key.source.hash[0]] -= item->bytes;
	}
}

static int open_sizes(const struct store_list *list)
{
	struct stat status;
	mode_t mode = 0600;
	int fd;

	if (fstat(list->fd, &status) == 0)
		mode = status.st_mode & 0644;
	fd = openat(list->fd, STORE_SIZES,
		    O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, mode);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) &&
	    user_is_trusted(status.st_uid))
		return fd;
	close(fd);
	return -EPERM;
}

/*
 * Correct STORE/sizes by the difference to what was counted.  What programs added since
 * `before` was read stays added.
 */
static int write_sizes(int fd, const struct store_sizes *before,
		       const int64_t part_bytes[STORE_PARTS])
{
	struct store_sizes sizes = {{0}};
	int64_t bytes;
	size_t i;

	if (pread(fd, &sizes, sizeof(sizes), 0) < 0)
		return -errno;
	for (i = 0; i < STORE_PARTS; i++) {
		bytes = part_bytes[i] + (int64_t)(sizes.bytes[i] - before->bytes[i]);
		sizes.bytes[i] = bytes > 0 ? (uint64_t)bytes : 0;
	}
	return pwrite(fd, &sizes, sizeof(sizes), 0) == sizeof(sizes) ? 0 : -errno;
}

void store_prune(struct store_prune *prune, struct store_list *list)
{
	struct store_sizes before = {{0}};
	int64_t part_bytes[STORE_PARTS] = {0};
	int sizes = -EROFS, result;
	size_t i;

	if (!prune->dry_run)
		sizes = open_sizes(list);
	if (sizes >= 0 && pread(sizes, &before, sizeof(before), 0) < 0)
		prune->error = errno;
	store_list_read(list);
	for (i = 0; i < list->count; i++)
		part_bytes[list->item[i].key.source.hash[0]] += list->item[i].bytes;
	if (list->count)
		qsort(list->item, list->count, sizeof(*list->item), compare_use);
	prune->entries = (int64_t)list->count;
	prune->bytes = list->bytes;
	prune_leftovers(prune, list);
	prune_items(prune, list, part_bytes);
	if (list->error)
		prune->error = list->error;
	if (prune->dry_run)
		return;
	/* a part that could not be read would count as empty */
	result = sizes < 0     ? sizes
		 : list->error ? 0
			       : write_sizes(sizes, &before, part_bytes);
	if (result < 0)
		prune->error = -result;
	if (sizes >= 0)
		close(sizes);
}
