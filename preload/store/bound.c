/* SPDX-License-Identifier: MIT */
/*
 * See bound.h.
 */
#include "store/bound.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "host/config.h"
#include "host/listing.h"
#include "host/state.h"
#include "host/sys.h"
#include "host/turn.h"
#include "path/stamp.h"
#include "record/append.h"
#include "store.h"

#define SEEN_MOST 2048	      /* entries that are compared at once */
#define LEFTOVER_SECONDS 3600 /* what is being written for longer was left by a kill */

/* One thread of a process at a time removes entries. */
static struct turn turn;

struct seen_entry {
	int64_t used_ns;
	uint64_t bytes;
	uint8_t part;
	char name[STORE_NAME_BYTES - 3];
};

struct sample {
	unsigned count;
	struct seen_entry entry[SEEN_MOST];
};

/*
 * Opens the counters.  They are not mapped, as a page that cannot be filled any more, or that
 * somebody has cut off, would be the end of the program (SIGBUS).
 */
static int open_sizes(int store)
{
	int fd = sys_openat(store, STORE_SIZES,
			    O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0644);

	if (fd >= 0 && state_check_trust(fd, S_IFREG, 0022) < 0) {
		sys_close(fd);
		return -EPERM;
	}
	return fd;
}

static void write_size(int fd, const struct store_sizes *sizes, unsigned part)
{
	sys_pwrite(fd, &sizes->bytes[part], sizeof(sizes->bytes[part]),
		   (int64_t)(part * sizeof(sizes->bytes[part])));
}

static uint64_t sum_of(const struct store_sizes *sizes)
{
	uint64_t sum = 0;
	unsigned part;

	for (part = 0; part < STORE_PARTS; part++)
		sum += sizes->bytes[part];
	return sum;
}

static void name_part(char name[3], unsigned part)
{
	static const char digits[] = "0123456789abcdef";

	name[0] = digits[part >> 4];
	name[1] = digits[part & 15];
	name[2] = '\0';
}

/* A directory that is being looked at. */
struct looking {
	int fd;
	unsigned part;
	uint64_t bytes; /* of its entries */
	int64_t now;	/* seconds since the epoch */
	struct sample *sample;
};

static void add_entry(struct looking *looking, const char *name,
		      const struct stat *status)
{
	struct sample *sample = looking->sample;
	struct seen_entry *seen = &sample->entry[sample->count];

	looking->bytes += (uint64_t)status->st_size;
	if (sample->count == SEEN_MOST || strlen(name) >= sizeof(seen->name))
		return;
	sample->count++;
	seen->used_ns = stamp_time_ns(status->st_mtim);
	seen->bytes = (uint64_t)status->st_size;
	seen->part = (uint8_t)looking->part;
	strcpy(seen->name, name);
}

static bool look_at(const struct listing_entry *entry, void *argument)
{
	struct looking *looking = argument;
	struct stat status;

	if (sys_fstatat(looking->fd, entry->name, &status, AT_SYMLINK_NOFOLLOW) < 0 ||
	    !S_ISREG(status.st_mode))
		return true;
	if (entry->name[0] != '.')
		add_entry(looking, entry->name, &status);
	else if (looking->now - status.st_mtim.tv_sec > LEFTOVER_SECONDS)
		SYS3(unlinkat, looking->fd, entry->name, 0);
	return true;
}

/* Adds the entries of one directory to the sample, and counts their bytes anew. */
static void see_part(int store, struct store_sizes *sizes, unsigned part,
		     struct sample *sample)
{
	struct looking looking = {.part = part, .sample = sample};
	char directory[3];

	name_part(directory, part);
	looking.now = (int64_t)(sys_time_ns() / 1000000000);
	looking.fd = sys_openat(store, directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	if (looking.fd >= 0) {
		(void)!listing_each(looking.fd, look_at, &looking);
		sys_close(looking.fd);
	}
	/* also if the directory is gone: else the store would seem full for ever */
	sizes->bytes[part] = looking.bytes;
}

static struct seen_entry *oldest_of(struct sample *sample)
{
	struct seen_entry *oldest = NULL;
	unsigned i;

	for (i = 0; i < sample->count; i++)
		if (sample->entry[i].bytes &&
		    (!oldest || sample->entry[i].used_ns < oldest->used_ns))
			oldest = &sample->entry[i];
	return oldest;
}

static void remove_entry(int store, struct store_sizes *sizes, struct seen_entry *entry)
{
	char name[STORE_NAME_BYTES];

	name_part(name, entry->part);
	name[2] = '/';
	strcpy(name + 3, entry->name);
	if (SYS3(unlinkat, store, name, 0) == 0)
		sizes->bytes[entry->part] -= entry->bytes;
	entry->bytes = 0;
}

/*
 * Goes below the limit by a twentieth, so that this is not done at each put.  At most half of
 * what was seen is removed, unless all was seen: there may be older entries elsewhere.
 *
 * It begins at the directory that has grown, which is another one each time, as its number is
 * a part of a hash.  If every process began at the same one, that would lose entries that were
 * used lately, and the others would keep old ones.
 */
static void shrink(int store, struct store_sizes *sizes, unsigned grown,
		   struct sample *sample)
{
	uint64_t goal = config.store_max_bytes - config.store_max_bytes / 20;
	unsigned parts, removed = 0;
	struct seen_entry *oldest;

	for (parts = 0; parts < STORE_PARTS && sample->count < SEEN_MOST / 2; parts++)
		see_part(store, sizes, (grown + parts) % STORE_PARTS, sample);
	while (sum_of(sizes) > goal &&
	       (parts == STORE_PARTS || removed < sample->count / 2) &&
	       (oldest = oldest_of(sample))) {
		remove_entry(store, sizes, oldest);
		removed++;
	}
}

static void shrink_in_turn(int store, int fd, struct store_sizes *sizes, unsigned grown)
{
	struct sample *sample;

	if (!turn_try(&turn))
		return;
	sample = sys_map(sizeof(*sample), MAP_PRIVATE);
	if (sample) {
		shrink(store, sizes, grown, sample);
		sys_pwrite(fd, sizes, sizeof(*sizes), 0);
		sys_unmap(sample, sizeof(*sample));
	}
	turn_end(&turn);
}

/* Two processes may count at once, and one of them then not: shrink() counts anew. */
void bound_grown(int store, unsigned part, int64_t bytes)
{
	struct store_sizes sizes = {{0}};
	/* beyond the limit on sizes of files, a write would be the end of the program */
	int fd = append_size_limit() < sizeof(sizes) ? -EFBIG : open_sizes(store);

	if (fd < 0)
		return;
	sys_pread(fd, &sizes, sizeof(sizes), 0);
	sizes.bytes[part] += (uint64_t)bytes;
	if (sum_of(&sizes) > config.store_max_bytes)
		shrink_in_turn(store, fd, &sizes, part);
	else
		write_size(fd, &sizes, part);
	sys_close(fd);
}
