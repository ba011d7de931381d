/*
 * The part of call.h that finds out what a call is about.  Runs in the host: any thread,
 * any context, a vfork child too.
 */
#include <limits.h>
#include <stddef.h>
#include <string.h>

#include "abspath.h"
#include "beneath.h"
#include "call.h"
#include "config.h"
#include "policy.h"
#include "process.h"
#include "scan.h"
#include "scratch.h"
#include "shadow.h"
#include "sys.h"
#include "thread.h"
#include "trace.h"
#include "where.h"

#define KNOWN_BYTES 168
#define KNOWN_PLACES 8

/*
 * Directories of sources that were looked at before: an import asks for names there and in
 * the cache, one after the other, and for them nothing must be found out again.  That
 * matters: between two calls the program's own work drives ours out of the processor's
 * caches, so that it costs what it takes of them.
 *
 * Nobody waits: who finds a place taken by another knows nothing of it.  One that was taken
 * by another thread when the process forked stays so in the child.
 */
static struct known {
	bool taken;		/* somebody is reading or writing here */
	unsigned now;		/* where_now(), before it was looked at */
	unsigned trusted;	/* of its cache: see shadow_open_known() */
	uint32_t key;		/* the directory's part of its names' keys */
	uint16_t length;	/* of the path; 0: none */
	bool cached;		/* the names in its __pycache__ are canonical, too */
	char path[KNOWN_BYTES]; /* absolute, canonical, with a slash at the end */
} known[KNOWN_PLACES] __attribute__((aligned(64)));

/* By the length and the last bytes: these are what differs in a tree. */
static struct known *place_of(const char *path, size_t length)
{
	uint64_t end = 0;

	if (length >= sizeof(end))
		memcpy(&end, path + length - sizeof(end), sizeof(end));
	return &known[((end ^ length) * 0x9e3779b97f4a7c15u) >> 32 & (KNOWN_PLACES - 1)];
}

static bool is_of(const struct known *place, const char *path, size_t length)
{
	return place->length == length && length &&
	       memcmp(path, place->path, length) == 0;
}

static bool take(struct known *place)
{
	bool taken = false;

	return __atomic_compare_exchange_n(&place->taken, &taken, true, false,
					   __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

static void give_back(struct known *place)
{
	__atomic_store_n(&place->taken, false, __ATOMIC_RELEASE);
}

/* What is known of a directory; without its path, which the caller has. */
static bool get_known(const char *path, size_t length, struct known *found)
{
	struct known *place = place_of(path, length);
	bool is_known;

	if (!take(place))
		return false;
	is_known = is_of(place, path, length) && place->now == where_now();
	if (is_known)
		memcpy(found, place, offsetof(struct known, path));
	give_back(place);
	return is_known;
}

static void set_known(const char *path, size_t base, bool cached, unsigned now)
{
	struct known *place = place_of(path, base);

	if (!take(place))
		return;
	memcpy(place->path, path, base);
	place->length = (uint16_t)base;
	place->now = now;
	place->key = pyc_path_directory_hash(path, base - 1);
	place->trusted = 0;
	place->cached = cached;
	give_back(place);
}

/* A source, or a pyc in a cache, by its canonical name: more of these will follow. */
static void remember(const struct call *call, const char *path, unsigned now)
{
	const char *canonical = call_path(call);
	size_t base = pyc_path_base(canonical, call->path_length);

	if (call->class == PYC_FILE && pyc_path_is_cache(canonical, base - 1))
		base -= PYCACHE_LENGTH + 1;
	else if (call->class != PYC_SOURCE)
		return;
	if (base && base <= KNOWN_BYTES && strcmp(path, canonical) == 0 &&
	    (config.mode == MODE_trace || !shadow_contains(canonical, base)))
		set_known(canonical, base,
			  config.mode != MODE_redirect ||
				  where_is_clean(canonical, base - 1),
			  now);
}

void call_look_trusts(const struct call *call, unsigned now)
{
	const char *path = call_path(call);
	size_t name = pyc_path_base(path, call->path_length), base;
	struct known *place;

	if (!name || !pyc_path_is_cache(path, name - 1))
		return;
	base = name - PYCACHE_LENGTH - 1;
	place = place_of(path, base);
	if (!take(place))
		return;
	if (is_of(place, path, base))
		place->trusted = now;
	give_back(place);
}

/* Nothing is in the shadow, and the call asks for no more than what is there. */
static bool acts_in_place(const struct call *call)
{
	bool opens = call->operation == CALL_open || call->operation == CALL_fopen;

	return config.mode == MODE_redirect && shadow_may_be_empty() &&
	       (call->operation == CALL_stat ||
		(opens && !call_opens_for_writing(call_open_flags(call)))) &&
	       shadow_is_empty();
}

/* Is there a name, behind `name`, that is what it looks like? */
static bool is_name(const char *path, size_t name, size_t length)
{
	return name && length - name <= NAME_MAX && path[name] != '.';
}

/* Is it a source in one of those, or a pyc in its cache?  Then the call is filled in. */
static bool look_at_known(struct call *call, const char *path)
{
	size_t length = strlen(path), name = pyc_path_base(path, length), base;
	struct known directory;
	bool pyc = name && pyc_path_ends(path + name, length - name, ".pyc", 4) &&
		   pyc_path_is_cache(path, name - 1);

	if (!is_name(path, name, length) ||
	    !(pyc || pyc_path_ends(path + name, length - name, ".py", 3)))
		return false;
	base = pyc ? name - PYCACHE_LENGTH - 1 : name;
	call->class = pyc ? PYC_FILE : PYC_SOURCE;
	if (!get_known(path, base, &directory) ||
	    (pyc && !directory.cached && !acts_in_place(call)))
		return false;
	call->path_length = length;
	call->absolute = path;
	call->covered = pyc && directory.cached && config.mode != MODE_trace;
	call->trusted = pyc ? directory.trusted : 0;
	call->key = pyc_key(directory.key, pyc_path_stem_hash(path, name, length));
	return true;
}

/* The name by which the shadow knows the path. */
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

/* What a path ends in that must name a directory: slashes, or a dot among them; 0. */
static char ends_as_directory(const char *path)
{
	const char *end = path + scan_name_end(path, strlen(path));

	if (strchr(end, '.'))
		return '.';
	return *end;
}

/* What the absolute path in the record is, and whether the mode is about it. */
static void classify(struct call *call)
{
	const char *path = call_path(call);
	size_t length = call->path_length;

	call->class = pyc_path_class(path, length);
	call->in_shadow = (call->class == PYC_CACHE || call->class == PYC_INSIDE) &&
			  config.mode == MODE_redirect && shadow_contains(path, length);
	if (call->class != PYC_NONE &&
	    !policy_covers(config.only, config.skip, path, length))
		call->class = PYC_NONE;
	/* a source is not covered, but shall go with its pyc in the recording */
	if (config.mode != MODE_trace && call->class != PYC_NONE &&
	    !shadow_contains(path, length))
		call->covered = (config.mode == MODE_deny || make_canonical(call)) &&
				call->class != PYC_SOURCE;
}

static void clear(struct call *call, const char *path)
{
	call->path = call->absolute = path;
	call->held = NULL;
	call->directory = -1;
	call->decision = CALL_PASS;
	call->action = ACTION_pass;
	call->covered = call->in_shadow = call->stripped = call->unnamed = false;
	call->sized = call->cautious = false;
	call->trusted = 0;
	call->as_directory = '\0';
}

bool call_look_at_known(struct call *call, const char *path)
{
	size_t length = strlen(path);

	clear(call, path);
	/* what the shadow has of a pyc may have to be asked */
	return (config.mode == MODE_trace || pyc_path_ends(path, length, ".py", 3)) &&
	       look_at_known(call, path);
}

const char call_itself[] = ".";

/* A path that leads nowhere, for a name whose directory is not there. */
static const char nowhere[] = "/proc/self/fd/-/-";

/* Does the program name a file relative to a directory that it is in, or has open? */
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
 * The program's words lead into the shadow: what they are about in place is named by the
 * absolute path.  A program that works by descriptors must not be led elsewhere by that
 * (place.h), so the directory is opened without following a link, and held.
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
		call->given = call->path = nowhere;
		return;
	}
	call_hold(call, fd);
	call->dirfd = call->directory;
	call->given = absolute + base;
}

/* Is there a directory that the path's last name could be in, as the kernel sees it? */
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
 * Where the absolute path cannot be found out (no /proc to tell a descriptor's name, too
 * long), deny goes by the words that the program gave: it refuses rather than lets pass.
 */
static bool look_at_words(struct call *call, int dirfd, const char *path)
{
	if (config.mode != MODE_deny || !has_directory(dirfd, path))
		return false;
	call->absolute = path;
	call->path_length = strlen(path);
	call->class = pyc_path_class(path, call->path_length);
	call->covered = call->class != PYC_NONE && call->class != PYC_SOURCE;
	call->unnamed = true;
	return call->covered;
}

bool call_look(struct call *call, int dirfd, const char *path)
{
	char *absolute = call->buffer;
	unsigned now = where_now();
	long length;

	clear(call, path);
	call->dirfd = dirfd;
	call->given = path == call_itself ? "" : path;
	if (look_at_known(call, path))
		return true;
	length = abspath_make(absolute, PATH_MAX, dirfd, path, &call->stripped);
	call->absolute = absolute;
	if (call->stripped)
		call->path = absolute;
	call->class = PYC_NONE;
	if (length < 0)
		return look_at_words(call, dirfd, path);
	call->path_length = (size_t)length;
	classify(call);
	call->key = pyc_path_key(absolute, call->path_length);
	if (call->covered)
		call->as_directory = ends_as_directory(path);
	else if (call->stripped && ends_as_directory(path) &&
		 call->path_length + 2 < PATH_MAX)
		/* the kernel shall see it, too */
		strcpy(absolute + call->path_length, "/");
	remember(call, path, now);
	if (call->stripped && path != call_itself)
		name_in_place(call, is_by_descriptor(dirfd, path));
	return true;
}
