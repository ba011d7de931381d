/*
 * The part of shadow.h that removes whole directories.
 */
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "listing.h"
#include "scratch.h"
#include "shadow.h"
#include "shadow_trust.h"
#include "sys.h"
#include "text.h"

/* What is removed: a path that grows and shrinks as the walk goes down and up. */
struct walk {
	struct text path;
	bool changed;
	bool only_whiteouts;
	char buffer[PATH_MAX];
};

static bool remove_name(const struct listing_entry *entry, void *argument);

static int open_directory(const char *rel)
{
	struct shadow_spot spot;
	int fd = shadow_reach(rel, &spot);

	if (fd < 0)
		return fd;
	fd = sys_openat(spot.fd, spot.name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	shadow_leave(&spot);
	return fd;
}

/* Empty the directory at walk->path. */
static void empty(struct walk *walk)
{
	bool above = walk->changed;
	int fd;

	do { /* removing while listing may skip names: until nothing goes any more */
		walk->changed = false;
		fd = open_directory(walk->buffer);
		if (fd < 0)
			break;
		(void)listing_each(fd, remove_name, walk);
		sys_close(fd);
	} while (walk->changed);
	walk->changed = above;
}

/* Remove what walk->path names; true if it is gone. */
static bool remove_one(struct walk *walk)
{
	struct stat status;
	int look = shadow_find(walk->buffer, false, &status);

	if (look == 0 && S_ISDIR(status.st_mode)) {
		empty(walk);
		return !walk->only_whiteouts &&
		       shadow_remove(walk->buffer, AT_REMOVEDIR) == 0;
	}
	return (!walk->only_whiteouts || look == SHADOW_HIDDEN) &&
	       shadow_remove(walk->buffer, 0) == 0;
}

static bool remove_name(const struct listing_entry *entry, void *argument)
{
	struct walk *walk = argument;
	size_t length = walk->path.length;

	text_add(&walk->path, "/");
	text_add(&walk->path, entry->name);
	if (!walk->path.cut && remove_one(walk))
		walk->changed = true;
	walk->path.length = length;
	walk->path.cut = false;
	walk->buffer[length] = '\0';
	return true;
}

static void walk_tree(const char *rel, bool only_whiteouts)
{
	SCRATCH(struct walk, walk, sizeof(*walk));

	walk->path = text_in(walk->buffer, sizeof(walk->buffer));
	walk->only_whiteouts = only_whiteouts;
	text_add(&walk->path, rel);
	if (shadow_ready() == 0 && !walk->path.cut && walk->path.length > 0)
		empty(walk);
}

void shadow_drop_tree(const char *rel)
{
	walk_tree(rel, false);
	shadow_remove(rel, AT_REMOVEDIR);
}

/* May this user remove what is in a directory? */
static bool may_empty(const char *rel)
{
	int fd = open_directory(rel);
	bool may = fd >= 0 && SYS3(faccessat, fd, ".", W_OK) == 0;

	if (fd >= 0)
		sys_close(fd);
	return may;
}

void shadow_drop_gone(const char *rel)
{
	struct stat status;

	if (shadow_find(rel, false, &status) == 0 && S_ISDIR(status.st_mode) &&
	    may_empty(rel))
		shadow_drop_tree(rel);
}

void shadow_drop_whiteouts(const char *rel)
{
	walk_tree(rel, true);
}
