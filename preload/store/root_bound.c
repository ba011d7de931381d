/* SPDX-License-Identifier: MIT */
/*
 * See root_bound.h.
 *
 * The tree is walked twice: first the bytes are added up by the age of their last use, which
 * tells how old a pyc may be; then older ones are removed.  So no list of files is needed.
 */
#include "store/root_bound.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "host/config.h"
#include "host/listing.h"
#include "host/sys.h"
#include "host/text.h"
#include "host/turn.h"
#include "path/stamp.h"
#include "pyc_path.h"
#include "view/shadow.h"
#include "view/shadow_root.h"
#include "view/whiteout.h"

#define SIZE_NAME SHADOW_NAME "size"
#define DEPTH_MOST 48 /* directories below each other; a frame of walk() takes 3 KiB */
#define STEPS 8	      /* ages that are told apart between one and its double */
#define AGES (64 * STEPS)

static struct turn turn; /* of the thread that removes pycs */

struct walk {
	int64_t now_ns;
	uint64_t bytes;	       /* of all pycs */
	uint64_t by_age[AGES]; /* ... of these ages */
	unsigned most;	       /* remove those of this age and older; AGES: none */
	uint64_t goal;	       /* ... until no more than this is left */
};

struct place {
	struct walk *walk;
	int fd;
	unsigned depth;
};

/* The age of a file since its last use, on a scale of logarithms. */
static unsigned age_of(const struct walk *walk, const struct stat *status)
{
	int64_t used = stamp_time_ns(status->st_atim),
		made = stamp_time_ns(status->st_ctim);
	int64_t ns = walk->now_ns - (used > made ? used : made);
	uint64_t ms = ns > 0 ? (uint64_t)ns / 1000000 + 1 : 1;
	unsigned power = 63 - (unsigned)__builtin_clzll(ms);
	uint64_t part = power >= 3 ? ms >> (power - 3) : ms << (3 - power);

	return power * STEPS + (unsigned)(part & (STEPS - 1));
}

/* Removes a pyc and its note. */
static void drop(int fd, const char *name)
{
	char buffer[NAME_MAX + 1];
	struct text note = text_in(buffer, sizeof(buffer));

	SYS3(unlinkat, fd, name, 0);
	text_add(&note, SHADOW_NAME);
	text_add(&note, name);
	text_add(&note, ".note");
	if (!note.cut)
		SYS3(unlinkat, fd, buffer, 0);
}

static void see_pyc(const struct place *place, const char *name,
		    const struct stat *status)
{
	struct walk *walk = place->walk;
	unsigned age = age_of(walk, status);
	uint64_t bytes = (uint64_t)status->st_blocks * 512;

	if (walk->most == AGES) {
		walk->bytes += bytes;
		walk->by_age[age] += bytes;
	} else if (age >= walk->most && walk->bytes > walk->goal) {
		drop(place->fd, name);
		walk->bytes -= bytes;
	}
}

static bool visit(const struct listing_entry *entry, void *argument);

static void walk(struct walk *walk, int directory, const char *name, unsigned depth)
{
	struct place place = {walk, -1, depth};

	if (depth == DEPTH_MOST)
		return;
	place.fd = sys_openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	if (place.fd < 0)
		return;
	(void)!listing_each(place.fd, visit, &place);
	sys_close(place.fd);
}

static bool visit(const struct listing_entry *entry, void *argument)
{
	const struct place *place = argument;
	size_t length = strlen(entry->name);
	struct stat status;

	if (shadow_keeps_name(entry->name) ||
	    sys_fstatat(place->fd, entry->name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return true;
	if (S_ISDIR(status.st_mode))
		walk(place->walk, place->fd, entry->name, place->depth + 1);
	else if (S_ISREG(status.st_mode) && pyc_path_is_compiled(entry->name, length))
		see_pyc(place, entry->name, &status);
	return true;
}

/* Goes below the limit by a tenth, so that this is not done for each pyc. */
static uint64_t shrink(int root)
{
	struct walk *found = sys_map(sizeof(*found), MAP_PRIVATE);
	uint64_t left, older = 0;

	if (!found)
		return 0;
	found->now_ns = (int64_t)sys_time_ns();
	found->most = AGES;
	found->goal = config.root_max_bytes - config.root_max_bytes / 10;
	walk(found, root, ".", 0);
	if (found->bytes > config.root_max_bytes) {
		while (found->most > 0 && older < found->bytes - found->goal)
			older += found->by_age[--found->most];
		walk(found, root, ".", 0);
	}
	left = found->bytes;
	sys_unmap(found, sizeof(*found));
	return left;
}

void root_bound_grown(const char *rel)
{
	int root = shadow_root_fd(), fd;
	struct stat status;
	uint64_t bytes = 0;

	if (likely(!config.root_max_bytes) || root < 0 || !turn_try(&turn))
		return;
	fd = sys_openat(root, SIZE_NAME, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK,
			0600);
	if (fd >= 0 && shadow_find(rel, false, &status) == 0) {
		if (sys_pread(fd, &bytes, sizeof(bytes), 0) != (long)sizeof(bytes))
			bytes = config.root_max_bytes; /* not counted yet */
		bytes += (uint64_t)status.st_blocks * 512;
		if (bytes > config.root_max_bytes)
			bytes = shrink(root);
		sys_pwrite(fd, &bytes, sizeof(bytes), 0);
	}
	if (fd >= 0)
		sys_close(fd);
	turn_end(&turn);
}
