/* SPDX-License-Identifier: MIT */
/*
 * See union_directory.h.
 */
#include "view/union_directory.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "host/listing.h"
#include "host/scratch.h"
#include "host/sys.h"
#include "host/text.h"
#include "path/name.h"
#include "pyc_path.h"
#include "view/identity.h"
#include "view/known.h"
#include "view/place.h"
#include "view/shadow.h"
#include "view/shadow_tree.h"
#include "view/union_source.h"
#include "view/where.h"

/* A walk through the names of a directory. */
struct names {
	struct text path; /* `rel` of a name in it */
	size_t length;	  /* of the directory's own part, with its slash */
	bool hide;	  /* make a whiteout for each name in place */
	bool found;	  /* the program sees a name */
	bool any;	  /* the shadow has a name, seen or not */
	int error;	  /* of making whiteouts: 0, or -errno */
	char buffer[PATH_MAX];
};

/* Returns `rel` of a name in the directory; NULL if that is too long. */
static const char *names_rel(struct names *names, const char *name)
{
	names->path.length = names->length;
	names->path.cut = false;
	text_add(&names->path, name);
	return names->path.cut ? NULL : names->buffer;
}

/* Notes whether the program sees a name of the shadow. */
static bool see_shadow(const struct listing_entry *entry, void *argument)
{
	struct names *names = argument;
	struct stat status;
	const char *rel = names_rel(names, entry->name);

	if (!rel || shadow_keeps_name(entry->name))
		return true;
	names->any = true;
	if (identity_look(rel, false, &status) == 0)
		names->found = true;
	return !names->found;
}

/* Notes whether a name in place is visible, or hides it. */
static bool see_below(const struct listing_entry *entry, void *argument)
{
	struct names *names = argument;
	struct stat status;
	const char *rel = names_rel(names, entry->name);

	if (names->hide)
		names->error = rel ? shadow_hide(rel) : 0;
	else if (!rel || identity_look(rel, false, &status) != SHADOW_HIDDEN)
		names->found = true;
	return !names->found && names->error == 0;
}

static void names_start(struct names *names, const char *rel)
{
	names->path = text_in(names->buffer, sizeof(names->buffer));
	text_add(&names->path, rel);
	text_add(&names->path, "/");
	names->length = names->path.length;
	names->found = names->any = names->hide = false;
	names->error = 0;
}

/* Calls see_below() for each name in place: 0, or -errno. */
static int each_below(struct names *names, const struct call *call)
{
	int fd = place_open(call, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
	int error = fd < 0 ? fd : listing_each(fd, see_below, names);

	if (fd >= 0)
		sys_close(fd);
	return error < 0 ? error : names->error;
}

/* Calls see_shadow() for each name of the shadow. */
static void each_in_shadow(struct names *names, const char *rel)
{
	int fd = shadow_open(rel, O_RDONLY | O_DIRECTORY);

	if (fd < 0)
		return;
	(void)listing_each(fd, see_shadow, names);
	sys_close(fd);
}

int union_is_empty(const struct call *call)
{
	SCRATCH(struct names, names, sizeof(*names));

	int error = 0;

	names_start(names, call_rel(call));
	each_in_shadow(names, call_rel(call));
	if (!names->found)
		error = each_below(names, call);
	if (names->found)
		return -ENOTEMPTY;
	return error == -ENOENT || error == -ENOTDIR ? 0 : error;
}

int union_parent(const char *path)
{
	SCRATCH(char, parent, PATH_MAX);
	struct stat status;
	size_t length = pyc_path_base(path, strlen(path));
	int error;

	if (length <= 1)
		return 0;
	memcpy(parent, path, --length);
	parent[length] = '\0';
	error = identity_look(parent + 1, true, &status);
	if (error == SHADOW_HIDDEN || error == -ENOTDIR)
		return shadow_error(error);
	if (error < 0)
		error = sys_fstatat(AT_FDCWD, parent, &status, 0);
	if (error < 0)
		return error;
	return S_ISDIR(status.st_mode) ? 0 : -ENOTDIR;
}

bool union_is_opaque(const char *path)
{
	SCRATCH(struct names, names, sizeof(*names));
	struct stat status;
	const char *mark;

	names_start(names, path + 1);
	mark = names_rel(names, SHADOW_OPAQUE);
	return mark && identity_look(mark, false, &status) == SHADOW_HIDDEN;
}

void union_hide_below(const struct call *call)
{
	SCRATCH(struct names, names, sizeof(*names));

	names_start(names, call_rel(call));
	names->hide = true;
	(void)each_below(names, call);
	if (names_rel(names, SHADOW_OPAQUE))
		(void)!shadow_hide(names->buffer);
}

/* Removes a file of the shadow that the program must not see. */
static bool drop_unseen(const struct listing_entry *entry, void *argument)
{
	struct stat status;
	const char *rel = names_rel(argument, entry->name);

	if (rel && !shadow_keeps_name(entry->name) &&
	    identity_look(rel, false, &status) == -ENOENT)
		shadow_drop_file(rel);
	return true;
}

static bool keep_one(const struct listing_entry *entry, void *argument)
{
	const char *rel = names_rel(argument, entry->name);
	struct stat status;

	if (rel && !shadow_keeps_name(entry->name) &&
	    shadow_find(rel, false, &status) == 0)
		identity_keep(rel);
	return true;
}

/* Calls `each` for each name of the shadow's directory. */
static void each_name(const char *rel, bool (*each)(const struct listing_entry *, void *))
{
	SCRATCH(struct names, names, sizeof(*names));
	int fd = shadow_open(rel, O_RDONLY | O_DIRECTORY);

	if (fd < 0)
		return;
	names_start(names, rel);
	(void)listing_each(fd, each, names);
	sys_close(fd);
}

void union_drop_unseen(const char *rel)
{
	each_name(rel, drop_unseen);
}

void union_keep_all(const char *rel)
{
	each_name(rel, keep_one);
}

bool union_is_left_over(const char *rel)
{
	SCRATCH(struct names, names, sizeof(*names));

	names_start(names, rel);
	each_in_shadow(names, rel);
	return names->any && !names->found;
}

static bool is_left_over(const struct call *call)
{
	struct stat status;

	return call->class == PYC_CACHE && place_look(call, &status) != 0 &&
	       union_is_left_over(call_rel(call));
}

static int mkdir_covered(const struct call *call)
{
	struct stat status;
	int place = identity_look_call(call, false, &status);
	int error = union_parent(call_path(call));

	if (error < 0)
		return error;
	if (place == 0 && is_left_over(call)) {
		shadow_drop_tree(call_rel(call));
		place = -ENOENT;
	}
	if (place == 0 || (place != SHADOW_HIDDEN && place_look(call, &status) == 0))
		return -EEXIST;
	if (place == SHADOW_HIDDEN)
		error = shadow_remove(call_rel(call), 0);
	if (error == 0)
		error = shadow_make_directory(call_rel(call), (unsigned)call->option);
	if (error == 0 && place == SHADOW_HIDDEN) /* what was removed must not show */
		union_hide_below(call);
	return error;
}

void union_mkdir(struct call *call)
{
	struct stat status;

	/* a directory named as a pyc, without a source beside it, is no cache */
	if (!identity_may_keep(call) &&
	    identity_look_call(call, false, &status) == -ENOENT)
		return;
	call_done(call, mkdir_covered(call));
}

static int rmdir_covered(const struct call *call)
{
	struct stat shadow, status;
	int place = identity_look_call(call, false, &shadow);
	int below, error;

	if (place == SHADOW_HIDDEN || place == -ENOTDIR)
		return shadow_error(place);
	below = place_look(call, &status);
	if (place < 0 && below < 0)
		return below;
	if (!S_ISDIR(place == 0 ? shadow.st_mode : status.st_mode))
		return -ENOTDIR;
	if (call->as_directory == '.')
		return -EINVAL;
	error = union_is_empty(call);
	if (error == -ENOTEMPTY)
		return error;
	if (below == 0)
		below = place_remove(call, AT_REMOVEDIR);
	if (below < 0 && below != -ENOENT) {
		/* hidden is only what is known to be empty, and no mount point */
		if (error < 0 || below == -EBUSY)
			return below;
		shadow_drop_tree(call_rel(call));
		return shadow_hide(call_rel(call));
	}
	shadow_drop_tree(call_rel(call));
	return 0;
}

void union_rmdir(struct call *call)
{
	call_done(call, rmdir_covered(call));
}

/* As see_shadow(), for names of bytecode alone, and caches that are not left over. */
static bool see_bytecode(const struct listing_entry *entry, void *argument)
{
	enum pyc_class class = pyc_path_class(entry->name, strlen(entry->name));
	const char *rel;

	if (class == PYC_CACHE) {
		rel = names_rel(argument, entry->name);
		if (rel && union_is_left_over(rel))
			return true;
	}
	return class == PYC_FILE || class == PYC_TEMPORARY || class == PYC_CACHE
		       ? see_shadow(entry, argument)
		       : true;
}

/* Returns the canonical `rel` of a call that is not covered; NULL if it has none. */
static const char *canonical_rel(struct call *call, char *buffer)
{
	const char *path = where_is(buffer, call_path(call), call->path_length);

	return path && path[0] == '/' && path[1] ? path + 1 : NULL;
}

/* Does the program see bytecode of the shadow in the directory of a call? */
static bool holds_bytecode(struct call *call)
{
	SCRATCH(char, buffer, PATH_MAX);
	SCRATCH(struct names, names, sizeof(*names));
	const char *rel = canonical_rel(call, buffer);
	int fd = rel ? shadow_open(rel, O_RDONLY | O_DIRECTORY | O_NOFOLLOW) : -ENOENT;

	if (fd < 0)
		return false;
	names_start(names, rel);
	(void)listing_each(fd, see_bytecode, names);
	sys_close(fd);
	return names->found;
}

static bool is_directory_in_place(const struct call *call)
{
	struct stat status;

	return place_look(call, &status) == 0 && S_ISDIR(status.st_mode);
}

void union_tree_remove(struct call *call)
{
	if (holds_bytecode(call))
		call_done(call, -ENOTEMPTY);
}

void union_tree_rename(struct call_pair *pair)
{
	if (pair->from.class == PYC_SOURCE && pair->from.operation == CALL_rename)
		union_source_going(&pair->from);
	else if (pair->from.class == PYC_SOURCE) /* a link more is another change time */
		union_source_changing(&pair->from);
	if (pair->to.class == PYC_SOURCE)
		union_source_changing(&pair->to);
	if (pair->from.operation != CALL_rename || pair->from.detail ||
	    name_is_within(call_path(&pair->to), pair->to.path_length,
			   call_path(&pair->from), pair->from.path_length))
		return;
	/* if there is no such directory, its shadow is left over and does not matter */
	if (holds_bytecode(&pair->to) && is_directory_in_place(&pair->from) &&
	    is_directory_in_place(&pair->to))
		call_done(&pair->from, -ENOTEMPTY);
}

void union_tree_removed(struct call *call)
{
	SCRATCH(char, buffer, PATH_MAX);
	const char *rel = canonical_rel(call, buffer);
	struct stat status;

	if (rel && identity_look(rel, false, &status) == 0)
		shadow_drop_tree(rel);
	known_new_generation();
}

/* What the shadow has of two directories that were exchanged, or of one of them. */
static void exchange_trees(const char *one, const char *other)
{
	struct stat status;
	bool has_one = identity_look(one, false, &status) == 0;
	bool has_other = identity_look(other, false, &status) == 0;
	int error = 0;

	if (has_one && has_other)
		error = shadow_exchange(one, other);
	else if (has_one)
		error = shadow_rename(one, other);
	else if (has_other)
		error = shadow_rename(other, one);
	if (error < 0) {
		shadow_drop_tree(one);
		shadow_drop_tree(other);
	}
}

void union_tree_renamed(struct call_pair *pair)
{
	SCRATCH(char, from_buffer, PATH_MAX);
	SCRATCH(char, to_buffer, PATH_MAX);
	const char *from = canonical_rel(&pair->from, from_buffer);
	const char *to = canonical_rel(&pair->to, to_buffer);
	struct stat status;

	known_new_generation();
	if (!from || !to || strcmp(from, to) == 0) /* renamed to itself */
		return;
	if (pair->from.detail & RENAME_EXCHANGE_FLAG) {
		exchange_trees(from, to);
		return;
	}
	if (identity_look(to, false, &status) == 0)
		shadow_drop_tree(to);
	if (identity_look(from, false, &status) == 0 && shadow_rename(from, to) < 0)
		shadow_drop_tree(from);
}
