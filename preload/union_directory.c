/*
 * See union.h and union_directory.h.  Runs in the host: any thread, any context; raw
 * system calls only.
 */
#include "union_directory.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "abspath.h"
#include "identity.h"
#include "listing.h"
#include "place.h"
#include "pyc_path.h"
#include "scratch.h"
#include "shadow.h"
#include "sys.h"
#include "text.h"
#include "union.h"
#include "union_source.h"
#include "where.h"

/* A directory, and a buffer for the names in it. */
struct names {
	struct text path; /* the directory's rel, with a slash */
	size_t length;
	bool hide;  /* make a whiteout for each name in place */
	bool found; /* there is a name to be seen */
	bool any;   /* there is one in the shadow, to be seen or not */
	int error;
	char buffer[PATH_MAX];
};

static const char *name_in(struct names *names, const char *name)
{
	names->path.length = names->length;
	names->path.cut = false;
	text_add(&names->path, name);
	return names->path.cut ? NULL : names->buffer;
}

/* A name in the shadow: is it to be seen? */
static bool see_shadow(const struct listing_entry *entry, void *argument)
{
	struct names *names = argument;
	struct stat status;
	const char *rel = name_in(names, entry->name);

	if (!rel || shadow_keeps_name(entry->name))
		return true;
	names->any = true;
	if (shadow_look(rel, false, &status) == 0)
		names->found = true;
	return !names->found;
}

/* A name in place: is it hidden?  Or shall it be? */
static bool see_below(const struct listing_entry *entry, void *argument)
{
	struct names *names = argument;
	struct stat status;
	const char *rel = name_in(names, entry->name);

	if (names->hide)
		names->error = rel ? shadow_hide(rel) : 0;
	else if (!rel || shadow_look(rel, false, &status) != SHADOW_HIDDEN)
		names->found = true;
	return !names->found && names->error == 0;
}

static void start(struct names *names, const char *rel)
{
	names->path = text_in(names->buffer, sizeof(names->buffer));
	text_add(&names->path, rel);
	text_add(&names->path, "/");
	names->length = names->path.length;
	names->found = names->any = names->hide = false;
	names->error = 0;
}

/* Go through the names in place; 0, or why they cannot be read. */
static int each_below(struct names *names, const struct call *call)
{
	int fd = place_open(call, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
	int error = fd < 0 ? fd : listing_each(fd, see_below, names);

	if (fd >= 0)
		sys_close(fd);
	return error < 0 ? error : names->error;
}

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

	start(names, call_rel(call));
	each_in_shadow(names, call_rel(call));
	if (!names->found)
		(void)each_below(names, call);
	return names->found ? -ENOTEMPTY : 0;
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
	error = shadow_look(parent + 1, true, &status);
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

	start(names, path + 1);
	mark = name_in(names, SHADOW_OPAQUE);
	return mark && shadow_look(mark, false, &status) == SHADOW_HIDDEN;
}

void union_hide_below(const struct call *call)
{
	SCRATCH(struct names, names, sizeof(*names));

	start(names, call_rel(call));
	names->hide = true;
	(void)each_below(names, call);
	if (name_in(names, SHADOW_OPAQUE))
		(void)!shadow_hide(names->buffer);
}

static bool drop_unseen(const struct listing_entry *entry, void *argument)
{
	struct stat status;
	const char *rel = name_in(argument, entry->name);

	if (rel && !shadow_keeps_name(entry->name) &&
	    shadow_look(rel, false, &status) == -ENOENT)
		shadow_drop_file(rel);
	return true;
}

static bool keep_one(const struct listing_entry *entry, void *argument)
{
	const char *rel = name_in(argument, entry->name);
	struct stat status;

	if (rel && !shadow_keeps_name(entry->name) &&
	    shadow_find(rel, false, &status) == 0)
		identity_keep(rel);
	return true;
}

static void each_in(const char *rel, bool (*each)(const struct listing_entry *, void *))
{
	SCRATCH(struct names, names, sizeof(*names));
	int fd = shadow_open(rel, O_RDONLY | O_DIRECTORY);

	if (fd < 0)
		return;
	start(names, rel);
	(void)listing_each(fd, each, names);
	sys_close(fd);
}

void union_drop_unseen(const char *rel)
{
	each_in(rel, drop_unseen);
}

void union_keep_all(const char *rel)
{
	each_in(rel, keep_one);
}

/*
 * Is a cache of the shadow what is left of a package that was removed, and made again,
 * without the library?  There are pycs in it, and none of them is to be seen.
 */
static bool is_left_over(const struct call *call)
{
	SCRATCH(struct names, names, sizeof(*names));
	struct stat status;

	if (call->class != PYC_CACHE || place_look(call, &status) == 0)
		return false;
	start(names, call_rel(call));
	each_in_shadow(names, call_rel(call));
	return names->any && !names->found;
}

static int make_directory(const struct call *call)
{
	struct stat status;
	int place = shadow_look(call_rel(call), false, &status);
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
	if (error == 0 && place == SHADOW_HIDDEN) /* what was removed stays so */
		union_hide_below(call);
	return error;
}

void union_mkdir(struct call *call)
{
	struct stat status;

	/* a directory whose name is a pyc's, beside no source, is no cache */
	if (!identity_may_keep(call_rel(call)) &&
	    shadow_look(call_rel(call), false, &status) == -ENOENT)
		return;
	call_done(call, make_directory(call));
}

static int remove_directory(const struct call *call)
{
	struct stat shadow, status;
	int place = shadow_look(call_rel(call), false, &shadow);
	int below;

	if (place == SHADOW_HIDDEN || place == -ENOTDIR)
		return shadow_error(place);
	below = place_look(call, &status);
	if (place < 0 && below < 0)
		return below;
	if (!S_ISDIR(place == 0 ? shadow.st_mode : status.st_mode))
		return -ENOTDIR;
	if (call->as_directory == '.')
		return -EINVAL;
	if (union_is_empty(call) < 0)
		return -ENOTEMPTY;
	shadow_drop_tree(call_rel(call));
	if (below == 0)
		below = place_remove(call, AT_REMOVEDIR);
	if (below < 0 && below != -ENOENT)
		below = shadow_hide(call_rel(call));
	return below == -ENOENT ? 0 : below;
}

void union_rmdir(struct call *call)
{
	call_done(call, remove_directory(call));
}

/* In the shadow of a directory of sources: is there bytecode to be seen? */
static bool see_cached(const struct listing_entry *entry, void *argument)
{
	enum pyc_class class = pyc_path_class(entry->name, strlen(entry->name));

	return class == PYC_FILE || class == PYC_TEMPORARY || class == PYC_CACHE
		       ? see_shadow(entry, argument)
		       : true;
}

/* The name under which the shadow knows what the call is about. */
static const char *canonical(struct call *call, char *buffer)
{
	const char *path = where_is(buffer, call_path(call), call->path_length);

	return path && path[0] == '/' && path[1] ? path + 1 : NULL;
}

/* Is there bytecode to be seen in it that only the shadow has? */
static bool holds_cached(struct call *call)
{
	SCRATCH(char, buffer, PATH_MAX);
	SCRATCH(struct names, names, sizeof(*names));
	const char *rel = canonical(call, buffer);
	int fd = rel ? shadow_open(rel, O_RDONLY | O_DIRECTORY | O_NOFOLLOW) : -ENOENT;

	if (fd < 0)
		return false;
	start(names, rel);
	(void)listing_each(fd, see_cached, names);
	sys_close(fd);
	return names->found;
}

static bool is_directory(const struct call *call)
{
	struct stat status;

	return place_look(call, &status) == 0 && S_ISDIR(status.st_mode);
}

void union_tree_remove(struct call *call)
{
	if (holds_cached(call))
		call_done(call, -ENOTEMPTY);
}

void union_tree_rename(struct call_pair *pair)
{
	if (pair->from.class == PYC_SOURCE)
		union_source_going(&pair->from);
	if (pair->to.class == PYC_SOURCE)
		union_source_changing(&pair->to);
	if (pair->from.operation != CALL_rename || pair->from.detail ||
	    abspath_is_within(call_path(&pair->to), pair->to.path_length,
			      call_path(&pair->from), pair->from.path_length))
		return;
	/* what the shadow has may be of a directory that is long gone */
	if (holds_cached(&pair->to) && is_directory(&pair->from) &&
	    is_directory(&pair->to))
		call_done(&pair->from, -ENOTEMPTY);
}

void union_tree_removed(struct call *call)
{
	SCRATCH(char, buffer, PATH_MAX);
	const char *rel = canonical(call, buffer);
	struct stat status;

	if (rel && shadow_look(rel, false, &status) == 0)
		shadow_drop_tree(rel);
	where_forget();
}

void union_tree_renamed(struct call_pair *pair)
{
	SCRATCH(char, from_buffer, PATH_MAX);
	SCRATCH(char, to_buffer, PATH_MAX);
	const char *from = canonical(&pair->from, from_buffer);
	const char *to = canonical(&pair->to, to_buffer);
	struct stat status;

	where_forget();
	if (!from || !to || strcmp(from, to) == 0) /* a name for itself: nothing moved */
		return;
	if (shadow_look(to, false, &status) == 0)
		shadow_drop_tree(to);
	if (shadow_look(from, false, &status) == 0 && shadow_rename(from, to) < 0)
		shadow_drop_tree(from);
}
