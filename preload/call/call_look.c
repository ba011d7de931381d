/* SPDX-License-Identifier: MIT */
/*
 * See call_look.h.
 */
#include "call/call_look.h"

#include <limits.h>
#include <stddef.h>
#include <string.h>

#include "host/config.h"
#include "host/process.h"
#include "host/scratch.h"
#include "host/sys.h"
#include "host/thread.h"
#include "path/name.h"
#include "path/policy.h"
#include "view/abspath.h"
#include "view/beneath.h"
#include "view/known.h"
#include "view/shadow.h"
#include "view/where.h"

#define SEEN_BYTES 168 /* the longest path that is remembered */
#define SEEN_PLACES 8

/*
 * Directories of sources that were looked at before.  An import asks for many names in one
 * directory and its __pycache__, and for these nothing has to be found out again.  Few cache
 * lines are touched, because between two calls the program's own work evicts ours.
 *
 * No thread waits for another: a place that another thread uses is treated as unknown.  If
 * the process forks meanwhile, that place stays unknown in the child.
 */
static struct seen {
	bool taken;	       /* a thread is reading or writing here */
	unsigned generation;   /* known_generation() before it was looked at */
	bool trusted;	       /* its __pycache__ in the shadow is private */
	uint32_t key;	       /* the directory's part of its names' keys */
	uint16_t length;       /* of the path; 0: the place is empty */
	bool cached;	       /* the names in its __pycache__ are canonical, too */
	char path[SEEN_BYTES]; /* absolute, canonical, with a slash at the end */
} seen[SEEN_PLACES] __attribute__((aligned(64)));

/* Hashes the length and the last bytes, in which the directories of one tree differ. */
static struct seen *seen_place(const char *path, size_t length)
{
	uint64_t end = 0;

	if (length >= sizeof(end))
		memcpy(&end, path + length - sizeof(end), sizeof(end));
	return &seen[((end ^ length) * 0x9e3779b97f4a7c15u) >> 32 & (SEEN_PLACES - 1)];
}

static bool seen_is(const struct seen *place, const char *path, size_t length)
{
	return place->length == length && length &&
	       memcmp(path, place->path, length) == 0;
}

static bool seen_take(struct seen *place)
{
	bool taken = false;

	return __atomic_compare_exchange_n(&place->taken, &taken, true, false,
					   __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

static void seen_give_back(struct seen *place)
{
	__atomic_store_n(&place->taken, false, __ATOMIC_RELEASE);
}

/* Copies what is known of a directory, without its path.  False: nothing is. */
static bool seen_get(const char *path, size_t length, struct seen *found)
{
	struct seen *place = seen_place(path, length);
	bool is_known;

	if (!seen_take(place))
		return false;
	is_known = seen_is(place, path, length) &&
		   place->generation == known_generation();
	if (is_known)
		memcpy(found, place, offsetof(struct seen, path));
	seen_give_back(place);
	return is_known;
}

static void seen_set(const char *path, size_t base, bool cached, unsigned generation)
{
	struct seen *place = seen_place(path, base);

	if (!seen_take(place))
		return;
	memcpy(place->path, path, base);
	place->length = (uint16_t)base;
	place->generation = generation;
	place->key = pyc_path_directory_hash(path, base - 1);
	place->trusted = false;
	place->cached = cached;
	seen_give_back(place);
}

/*
 * Remembers the directory of a source, or of the cache of a pyc, if the program uses its
 * canonical name: more calls in it will follow.
 */
static void remember_directory(const struct call *call, const char *path)
{
	const char *canonical = call_path(call);
	size_t base = pyc_path_base(canonical, call->path_length);

	if (call->class == PYC_FILE && pyc_path_is_cache(canonical, base - 1))
		base -= PYCACHE_LENGTH + 1;
	else if (call->class != PYC_SOURCE)
		return;
	if (pyc_path_cache_end(canonical, base)) /* names in a cache are no sources */
		return;
	if (base && base <= SEEN_BYTES && strcmp(path, canonical) == 0 &&
	    (config.mode == MODE_trace || !shadow_contains(canonical, base)))
		seen_set(canonical, base,
			 config.mode != MODE_redirect ||
				 where_is_clean(canonical, base - 1),
			 call->generation);
}

void call_look_trusts(const struct call *call)
{
	const char *path = call_path(call);
	size_t name = pyc_path_base(path, call->path_length), base;
	struct seen *place;

	if (!name || !pyc_path_is_cache(path, name - 1))
		return;
	base = name - PYCACHE_LENGTH - 1;
	place = seen_place(path, base);
	if (!seen_take(place))
		return;
	if (seen_is(place, path, base) && place->generation == call->generation)
		place->trusted = true;
	seen_give_back(place);
}

/* Does the call only look or read, while nothing is in the shadow? */
static bool acts_in_place(const struct call *call)
{
	return config.mode == MODE_redirect && shadow_may_be_empty() &&
	       (call->operation == CALL_stat || call_opens_to_read(call)) &&
	       shadow_is_empty();
}

/* Is the component at `name` an ordinary name, so not "", "." or ".."? */
static bool is_ordinary_name(const char *path, size_t name, size_t length)
{
	return name && length - name <= NAME_MAX && path[name] != '.';
}

/* Fills in a call on a source in a known directory, or on a pyc in its __pycache__. */
static bool look_at_known(struct call *call, const char *path, bool sources_only)
{
	size_t length = strlen(path), name = pyc_path_base(path, length), base;
	struct seen directory;
	bool pyc = name && pyc_path_ends(path + name, length - name, ".pyc", 4) &&
		   pyc_path_is_cache(path, name - 1);

	if (!is_ordinary_name(path, name, length) || (pyc && sources_only) ||
	    !(pyc || pyc_path_ends(path + name, length - name, ".py", 3)))
		return false;
	base = pyc ? name - PYCACHE_LENGTH - 1 : name;
	call->class = pyc ? PYC_FILE : PYC_SOURCE;
	if (!seen_get(path, base, &directory) ||
	    (pyc && !directory.cached && !acts_in_place(call)))
		return false;
	call->path_length = length;
	call->absolute = path;
	call->covered = pyc && directory.cached && config.mode != MODE_trace;
	call->trusted = pyc && directory.trusted;
	call->key = pyc_key(directory.key, pyc_path_stem_hash(path, name, length));
	return true;
}

/* Replaces the absolute path by the canonical one.  False: the shadow has none for it. */
static bool make_canonical(struct call *call)
{
	SCRATCH(char, buffer, PATH_MAX);
	const char *canonical = where_is(buffer, call_path(call), call->path_length);

	if (canonical == buffer) {
		call->path_length = strlen(buffer);
		memcpy(call->buffer, buffer, call->path_length + 1);
	}
	return canonical != NULL;
}

/*
 * Does the path end so that it can name only a directory?  Returns '.' if its last name is ".",
 * '/' if it ends in slashes, and otherwise 0.
 */
static char ends_as_directory(const char *path)
{
	size_t length = strlen(path), end = length;

	if (path == call_itself)
		return '\0';
	while (end > 1 && path[end - 1] == '/')
		end--;
	if (end && path[end - 1] == '.' && (end == 1 || path[end - 2] == '/'))
		return '.';
	return end < length ? '/' : '\0';
}

/* Fills in the class of the absolute path, and whether redirect or deny covers it. */
static void classify(struct call *call)
{
	const char *path = call_path(call);
	size_t length = call->path_length;

	shadow_wanted(path, (long)length);
	call->class = pyc_path_class(path, length);
	call->in_shadow = (call->class == PYC_CACHE || call->class == PYC_INSIDE) &&
			  config.mode == MODE_redirect && shadow_contains(path, length);
	if (call->class != PYC_NONE &&
	    !policy_covers(config.only, config.skip, path, length))
		call->class = PYC_NONE;
	/* a source is not covered, but is recorded by the canonical path as its pyc is */
	if (config.mode != MODE_trace && call->class != PYC_NONE &&
	    !shadow_contains(path, length))
		call->covered = (config.mode == MODE_deny || make_canonical(call)) &&
				call->class != PYC_SOURCE;
}

static void call_clear(struct call *call, const char *path)
{
	call->path = call->absolute = path;
	call->held = NULL;
	call->directory = -1;
	call->decision = CALL_PASS;
	call->action = ACTION_pass;
	call->covered = call->in_shadow = call->stripped = call->unnamed = false;
	call->sized = call->cautious = false;
	call->trusted = false;
	call->shared = (struct shared){0};
	call->generation = known_generation();
	call->as_directory = '\0';
}

bool call_look_at_known(struct call *call, const char *path)
{
	call_clear(call, path);
	/* for a pyc the shadow may have to be asked, which needs a buffer */
	return look_at_known(call, path, config.mode != MODE_trace);
}

const char call_itself[] = ".";

const char call_nowhere[] = "/proc/self/fd/-/-";

/*
 * Is the path relative to a directory that the program has open, or to a current directory
 * in the shadow?
 */
static bool is_by_descriptor(int dirfd, const char *path)
{
	SCRATCH(char, here, PATH_MAX);
	long length;

	if (path[0] == '/' || dirfd != AT_FDCWD)
		return path[0] != '/';
	length = sys_getcwd(here, PATH_MAX);
	return length > 0 && shadow_contains(here, (size_t)length - 1);
}

/*
 * The path that the program gave leads into the shadow, so the place is named by the absolute
 * path instead.  A program that works by descriptors must not be led elsewhere by that
 * (TOCTOU, see place.h).  For it the directory is opened without following a link, and held
 * until the call ends.
 */
static void name_in_place(struct call *call, bool by_descriptor)
{
	char *absolute = call->buffer;
	size_t base = pyc_path_base(absolute, call->path_length);
	char first = absolute[base];
	int fd;

	call->dirfd = AT_FDCWD;
	call->given = call->path = absolute;
	if (!by_descriptor || !base || !first)
		return;
	absolute[base] = '\0';
	fd = beneath_open_absolute(absolute, O_PATH | O_DIRECTORY);
	absolute[base] = first;
	if (fd < 0) {
		call->given = call->path = call_nowhere;
		return;
	}
	call_hold(call, fd);
	call->dirfd = call->directory;
	call->given = absolute + base;
}

/* Does the directory above the path exist? */
static bool has_directory(int dirfd, const char *path)
{
	SCRATCH(char, directory, PATH_MAX + 1);
	size_t length = strlen(path), base = pyc_path_base(path, length);
	struct stat status;

	if (length >= PATH_MAX)
		return false;
	memcpy(directory, path, base);
	memcpy(directory + base, ".", 2);
	return sys_fstatat(dirfd, directory, &status, 0) == 0;
}

/*
 * Is the path in a __pycache__, whose name is not known?  Compares the directory with the
 * __pycache__ in the directory above it.
 */
static bool is_in_cache(int dirfd, const char *path)
{
	static const char above[] = "../" PYCACHE;
	SCRATCH(char, directory, PATH_MAX + sizeof(above));
	size_t base = pyc_path_base(path, strlen(path));
	const char *name = path + base;
	struct stat status = {0}, named;

	if (!*name || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return false;
	memcpy(directory, path, base);
	memcpy(directory + base, ".", 2);
	if (sys_fstatat(dirfd, directory, &status, 0) < 0)
		return false;
	memcpy(directory + base, above, sizeof(above));
	return sys_fstatat(dirfd, directory, &named, 0) == 0 &&
	       sys_is_file(&named, status.st_dev, status.st_ino);
}

/*
 * The absolute path cannot be found out, because it is too long, or because there is no /proc
 * to name a descriptor.  Deny then goes by the path that the program gave, and refuses in
 * doubt.
 */
static bool look_at_given(struct call *call, int dirfd, const char *path)
{
	if (config.mode != MODE_deny || !has_directory(dirfd, path))
		return false;
	call->absolute = path;
	call->path_length = strlen(path);
	call->class = pyc_path_class(path, call->path_length);
	if (call->class == PYC_NONE && is_in_cache(dirfd, path))
		call->class = PYC_INSIDE;
	call->covered = call->class != PYC_NONE && call->class != PYC_SOURCE;
	call->unnamed = true;
	return call->covered;
}

bool call_look(struct call *call, int dirfd, const char *path)
{
	char *absolute = call->buffer;
	long length;

	call_clear(call, path);
	call->dirfd = dirfd;
	call->given = path == call_itself ? "" : path;
	if (look_at_known(call, path, false))
		return true;
	length = abspath_make(absolute, PATH_MAX, dirfd, path, &call->stripped);
	call->absolute = absolute;
	if (call->stripped)
		call->path = absolute;
	call->class = PYC_NONE;
	if (length < 0)
		return look_at_given(call, dirfd, path);
	call->path_length = (size_t)length;
	classify(call);
	call->key = pyc_path_key(absolute, call->path_length);
	if (call->covered)
		call->as_directory = ends_as_directory(path);
	else if (call->stripped && ends_as_directory(path) &&
		 call->path_length + 2 < PATH_MAX)
		/* the real call gets the absolute path, and must see the slash, too */
		strcpy(absolute + call->path_length, "/");
	remember_directory(call, path);
	if (call->stripped && path != call_itself)
		name_in_place(call, is_by_descriptor(dirfd, path));
	return true;
}
