/* SPDX-License-Identifier: MIT */
/*
 * See merged.h.
 */
#include "view/merged.h"

#include <errno.h>
#include <string.h>

#include "host/listing.h"
#include "host/scratch.h"
#include "host/secret_hash.h"
#include "host/sys.h"
#include "pyc_path.h"
#include "view/beneath.h"
#include "view/identity.h"
#include "view/known.h"
#include "view/shadow.h"
#include "view/shadow_trust.h"
#include "view/where.h"

#define CHAIN_BYTES 128u /* a view has one hash chain for this many bytes */
#define BIT_OF(name) ((uint64_t)1 << (*(name)&63)) /* by the first letter */

/* Is this a name of bytecode, or in a cache, so that the union view is about it? */
static bool view_covers(const struct view *view, const char *name)
{
	enum pyc_class class = pyc_path_class(name, strlen(name));

	return view->in_cache || class == PYC_FILE || class == PYC_TEMPORARY ||
	       class == PYC_CACHE;
}

struct text view_path(const struct view *view, const char *name, char *buffer)
{
	struct text path = text_in(buffer, PATH_MAX);

	text_add(&path, view->path);
	text_add(&path, "/");
	text_add(&path, name);
	return path;
}

int view_look(const struct view *view, const char *name, struct stat *status)
{
	SCRATCH(char, path, PATH_MAX);

	return view_path(view, name, path).cut ? -ENAMETOOLONG
					       : identity_look(path + 1, false, status);
}

/*
 * As view_look(), for a name of the other directory, and tells the inode number that the
 * program sees.  A directory that is known to be usable needs no system call.
 */
static int look_at_listed(const struct view *view, const struct listing_entry *listed,
			  ino_t *inode)
{
	SCRATCH(char, path, PATH_MAX);
	struct text text = view_path(view, listed->name, path);
	struct stat status = {.st_ino = 1};
	int error;

	*inode = listed->inode;
	if (!text.cut && !view->shadow_first && listed->type == DT_DIR &&
	    shadow_knows(path + 1))
		return 0;
	if (text.cut)
		return -ENAMETOOLONG;
	/* identity_look() would also ask whether view->path exists in place */
	error = listed->type == DT_DIR ? shadow_find(path + 1, false, &status)
				       : identity_look(path + 1, false, &status);
	*inode = status.st_ino;
	return error;
}

static size_t chain_count(const struct view *view)
{
	return view->bytes / CHAIN_BYTES;
}

/* Returns the heads of the hash chains, which make view_find() fast for many names. */
static size_t *chains(const struct view *view)
{
	return (size_t *)((uintptr_t)view + view->bytes) - chain_count(view);
}

static size_t *chain_of(const struct view *view, const char *name)
{
	return chains(view) + secret_hash(name, strlen(name)) % chain_count(view);
}

struct snapshot {
	struct view *view;
	bool full;
};

/* Adds a name of the other directory to the view. */
static bool view_add(const struct listing_entry *listed, void *argument)
{
	const char *name = listed->name;
	struct snapshot *snapshot = argument;
	struct view *view = snapshot->view;
	size_t size = (offsetof(struct entry, name) + strlen(name) + 8) & ~(size_t)7;
	struct entry *entry = (struct entry *)(view->entries + view->used);
	bool covered = view_covers(view, name);
	ino_t inode = listed->inode;
	int shadow = -ENOENT;
	size_t *chain;

	/* of other names only directories of the shadow matter: see learn() in dirview.c */
	if (shadow_keeps_name(name) ||
	    !(covered || (listed->type == DT_DIR && !view->shadow_first)))
		return true;
	if ((char *)entry + size > (char *)chains(view)) {
		snapshot->full = true;
		return false;
	}
	if (covered)
		shadow = look_at_listed(view, listed, &inode);
	*entry = (struct entry){
		.inode = inode, .size = (uint16_t)size, .type = listed->type};
	strcpy(entry->name, name);
	entry->hides = !view->shadow_first && shadow != -ENOENT;
	entry->shown = view->shadow_first ? shadow == -ENOENT : shadow == 0;
	view->used += size;
	view->begins |= BIT_OF(name);
	chain = chain_of(view, name);
	entry->chained = *chain;
	*chain = (uintptr_t)entry - (uintptr_t)view;
	return true;
}

int view_open_other(const struct view *view)
{
	return view->shadow_first
		       ? beneath_open_absolute(view->path, O_RDONLY | O_DIRECTORY)
		       : shadow_open(view->path + 1, O_RDONLY | O_DIRECTORY);
}

bool view_fill(struct view *view, int fd)
{
	struct snapshot snapshot = {view, false};

	if (view->used) /* it was filled before: a new mapping is all zeros */
		memset(chains(view), 0, chain_count(view) * sizeof(size_t));
	view->begins = view->used = 0;
	view->second = view->has_names = false;
	view->generation = known_generation();
	if (fd >= 0) {
		(void)listing_each(fd, view_add, &snapshot);
		sys_close(fd);
	}
	return !snapshot.full;
}

/* A view that was given back, for the next one: most are small, and many follow. */
static void *spare;

static struct view *view_allocate(size_t bytes)
{
	struct view *view = bytes == VIEW_BYTES ? sys_map_spare(&spare, bytes)
						: sys_map(bytes, MAP_PRIVATE);

	if (view)
		view->bytes = bytes;
	return view;
}

void view_release(struct view *view)
{
	struct view *outgrown;

	for (; view; view = outgrown) {
		outgrown = view->outgrown;
		if (view->bytes == VIEW_BYTES)
			sys_unmap_spare(&spare, view, VIEW_BYTES);
		else
			sys_unmap(view, view->bytes);
	}
}

struct view *view_make(size_t bytes, const char *path, bool shadow_first, int other)
{
	size_t length = strlen(path);
	struct view *view;

	for (; (view = view_allocate(bytes)); bytes *= 2, other = -1) {
		view->outgrown = NULL;
		view->shadow_first = shadow_first;
		memcpy(view->path, path, length + 1);
		view->in_cache = pyc_path_is_cache(path, length) ||
				 pyc_path_below_cache(path, length);
		if (view_fill(view, other < 0 ? view_open_other(view) : other))
			return view;
		view_release(view);
	}
	if (other >= 0)
		sys_close(other);
	return NULL;
}

struct entry *view_find(const struct view *view, const char *name)
{
	struct entry *entry;
	size_t offset = view->begins & BIT_OF(name) ? *chain_of(view, name) : 0;

	for (; offset; offset = entry->chained) {
		entry = (struct entry *)((uintptr_t)view + offset);
		if (strcmp(entry->name, name) == 0)
			return entry;
	}
	return NULL;
}
