/*
 * The part of call.h that finds out what a call is about.  Runs in the host: any thread,
 * any context, a vfork child too.
 */
#include <limits.h>
#include <string.h>

#include "abspath.h"
#include "call.h"
#include "config.h"
#include "policy.h"
#include "scan.h"
#include "scratch.h"
#include "shadow.h"
#include "where.h"

#define KNOWN_BYTES 168
#define KNOWN_PLACES 2

/*
 * Directories of sources that this thread looked at before: an import asks for names there
 * and in the cache, one after the other, and for them nothing must be found out again.
 * That matters: between two calls the program's own work drives ours out of the
 * processor's caches, so that it costs what it takes of them.
 */
static __thread struct known {
	size_t length;		/* of the path; 0: none */
	unsigned now;		/* where_now(), before it was looked at */
	uint32_t key;		/* the directory's part of its names' keys */
	bool cached;		/* the names in its __pycache__ are canonical, too */
	char path[KNOWN_BYTES]; /* absolute, canonical, with a slash at the end */
} known[KNOWN_PLACES];

/* No length for as long as it is neither the old one nor the new. */
static void set_known(const char *path, size_t base, bool cached, unsigned now)
{
	struct known *place = &known[base % KNOWN_PLACES];

	__atomic_store_n(&place->length, 0, __ATOMIC_RELAXED);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	memcpy(place->path, path, base);
	place->now = now;
	place->key = pyc_path_directory_hash(path, base - 1);
	place->cached = cached;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	__atomic_store_n(&place->length, base, __ATOMIC_RELAXED);
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

/* Nothing is in the shadow, and the call asks for no more than what is there. */
static bool acts_in_place(const struct call *call)
{
	bool opens = call->operation == CALL_open || call->operation == CALL_fopen;

	return config.mode == MODE_redirect && shadow_may_be_empty() &&
	       (call->operation == CALL_stat ||
		(opens && !call_opens_for_writing(call_open_flags(call)))) &&
	       shadow_is_empty();
}

/* Is it a source in one of those, or a pyc in its cache?  Then the call is filled in. */
static bool look_at_known(struct call *call, const char *path)
{
	size_t length = strlen(path), name = pyc_path_base(path, length), base;
	const struct known *place;
	bool pyc = name && pyc_path_ends(path + name, length - name, ".pyc", 4) &&
		   pyc_path_is_cache(path, name - 1);

	if (!name || length - name > NAME_MAX || path[name] == '.' ||
	    !(pyc || pyc_path_ends(path + name, length - name, ".py", 3)))
		return false;
	base = pyc ? name - PYCACHE_LENGTH - 1 : name;
	place = &known[base % KNOWN_PLACES];
	call->class = pyc ? PYC_FILE : PYC_SOURCE;
	if (place->length != base || !base || place->now != where_now() ||
	    memcmp(path, place->path, base) != 0 ||
	    (pyc && !place->cached && !acts_in_place(call)))
		return false;
	call->path_length = length;
	memcpy(call->record.lookup.path, path, length + 1);
	call->covered = pyc && place->cached && config.mode != MODE_trace;
	call->key = (uint64_t)place->key << 32 | pyc_path_stem_hash(path, name, length);
	return true;
}

/* The name by which the shadow knows the path. */
static bool make_canonical(struct call *call)
{
	SCRATCH(char, buffer, PATH_MAX);
	char *path = call->record.lookup.path;
	const char *canonical = where_is(buffer, path, call->path_length);

	if (canonical == buffer) {
		call->path_length = strlen(buffer);
		memcpy(path, buffer, call->path_length + 1);
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

bool call_look(struct call *call, int dirfd, const char *path)
{
	char *absolute = call->record.lookup.path;
	unsigned now = where_now();
	long length;

	call->path = path;
	call->decision = CALL_PASS;
	call->action = ACTION_pass;
	call->covered = call->in_shadow = call->stripped = false;
	call->sized = call->cautious = false;
	call->as_directory = '\0';
	if (look_at_known(call, path))
		return true;
	length = abspath_make(absolute, PATH_MAX, dirfd, path, &call->stripped);
	if (call->stripped)
		call->path = absolute;
	call->class = PYC_NONE;
	if (length < 0)
		return false;
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
	return true;
}
