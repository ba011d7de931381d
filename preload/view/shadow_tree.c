/* SPDX-License-Identifier: MIT */
/*
 * See shadow_tree.h.
 */
#include "view/shadow_tree.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "host/listing.h"
#include "host/scratch.h"
#include "host/sys.h"
#include "host/text.h"
#include "view/shadow.h"
#include "view/shadow_trust.h"

/* A deeper directory stays: each level takes a part of the stack. */
#define DEPTH_MOST 100

/* A walk through a tree. */
struct walk {
	struct text path; /* of the directory or name that is removed now */
	bool changed;	  /* something was removed from the directory */
	bool only_whiteouts;
	unsigned depth;
	char buffer[PATH_MAX];
};

static bool tree_remove_name(const struct listing_entry *entry, void *argument);

static int tree_open(const char *rel)
{
	struct shadow_spot spot;
	int fd = shadow_reach(rel, &spot);

	if (fd < 0)
		return fd;
	fd = sys_openat(spot.fd, spot.name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	shadow_leave(&spot);
	return fd;
}

/* Removes what is in the directory at walk->path. */
static void tree_empty(struct walk *walk)
{
	bool above = walk->changed;
	int fd;

	if (walk->depth == DEPTH_MOST)
		return;
	walk->depth++;
	do { /* again until nothing is removed: a listing may skip names meanwhile */
		walk->changed = false;
		fd = tree_open(walk->buffer);
		if (fd < 0)
			break;
		(void)listing_each(fd, tree_remove_name, walk);
		sys_close(fd);
	} while (walk->changed);
	walk->depth--;
	walk->changed = above;
}

/* Removes what walk->path names.  Returns whether it was removed. */
static bool tree_remove_one(struct walk *walk)
{
	struct stat status;
	int look = shadow_find(walk->buffer, false, &status);

	if (look == 0 && S_ISDIR(status.st_mode)) {
		tree_empty(walk);
		return !walk->only_whiteouts &&
		       shadow_remove(walk->buffer, AT_REMOVEDIR) == 0;
	}
	return (!walk->only_whiteouts || look == SHADOW_HIDDEN) &&
	       shadow_remove(walk->buffer, 0) == 0;
}

static bool tree_remove_name(const struct listing_entry *entry, void *argument)
{
	struct walk *walk = argument;
	size_t length = walk->path.length;

	text_add(&walk->path, "/");
	text_add(&walk->path, entry->name);
	if (!walk->path.cut && tree_remove_one(walk))
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
	walk->depth = 0;
	text_add(&walk->path, rel);
	if (shadow_ready() == 0 && !walk->path.cut && walk->path.length > 0)
		tree_empty(walk);
}

void shadow_drop_tree(const char *rel)
{
	walk_tree(rel, false);
	shadow_remove(rel, AT_REMOVEDIR);
}

/* May this user remove entries of the directory? */
static bool tree_may_empty(const char *rel)
{
	int fd = tree_open(rel);
	bool may = fd >= 0 && SYS3(faccessat, fd, ".", W_OK) == 0;

	if (fd >= 0)
		sys_close(fd);
	return may;
}

void shadow_drop_gone(const char *rel)
{
	struct stat status;

	if (shadow_find(rel, false, &status) == 0 && S_ISDIR(status.st_mode) &&
	    tree_may_empty(rel))
		shadow_drop_tree(rel);
}

void shadow_drop_whiteouts(const char *rel)
{
	walk_tree(rel, true);
}
