/*
 * See identity.h.
 */
#include "identity.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "config.h"
#include "dirset.h"
#include "identity_note.h"
#include "identity_source.h"
#include "process.h"
#include "pyc_path.h"
#include "scratch.h"
#include "shadow.h"
#include "sys.h"

/*
 * Tools that copy a tree may meet the pyc before its source: this much later the source may
 * be changed for the last time.
 */
#define COPYING_SECONDS 600

/* Hashes of the sources that this process has removed: their pycs are still to be seen. */
static struct dirset removed;

/* By which the sources are known here. */
static uint64_t hash_of_source(const char *rel)
{
	SCRATCH(char, path, PATH_MAX);

	return identity_source_path(path, rel) < 0 ? 0 : dirset_hash(path, strlen(path));
}

/* The process tree that this one belongs to. */
static uint64_t this_run(void)
{
	return config.run ? config.run : process->number;
}

/* Is there a note about this very file?  `inode`: the file's. */
static bool has_note(const char *rel, uint64_t inode, struct identity_note *note)
{
	return identity_note_read(rel, note) == 0 && note->inode == inode;
}

/* In whole seconds: the fraction of a stamp is none. */
static bool is_soon_after(int64_t time_ns, int64_t later_ns)
{
	int64_t seconds = later_ns / 1000000000 - time_ns / 1000000000;

	return seconds >= 0 && seconds <= COPYING_SECONDS;
}

/* A pyc that is not stamped with the time of its source: does a note speak for it? */
static bool is_kept(const struct identity_note *note, int64_t stamp_ns)
{
	return note->has_source ? note->stamp_ns == stamp_ns
				: is_soon_after(note->made_ns, stamp_ns);
}

static bool is_in_place(const char *path)
{
	struct stat status;
	int error = sys_fstatat(AT_FDCWD, path, &status, 0);

	return error != -ENOENT && error != -ENOTDIR;
}

/*
 * Is the directory that holds the outermost __pycache__ of the path there?  If it is gone,
 * so is all that the shadow has of it.
 */
static bool has_holder(const char *rel)
{
	SCRATCH(char, path, PATH_MAX);
	size_t end = pyc_path_cache_end(rel, strlen(rel)), length;

	if (end <= PYCACHE_LENGTH || end >= PATH_MAX)
		return true;
	length = end - PYCACHE_LENGTH - 1;
	path[0] = '/';
	memcpy(path + 1, rel, length);
	path[1 + length] = '\0';
	if (is_in_place(path))
		return true;
	shadow_drop_gone(path + 1);
	return false;
}

/* Remove the cache that a pyc was in, if that was the last; a shadow is as good without. */
static void drop_empty_cache(const char *rel)
{
	SCRATCH(char, cache, PATH_MAX);
	size_t base = pyc_path_base(rel, strlen(rel));

	if (base == 0 || base > PATH_MAX || !pyc_path_is_cache(rel, base - 1))
		return;
	memcpy(cache, rel, base - 1);
	cache[base - 1] = '\0';
	shadow_drop_empty(cache);
}

/* A pyc without a source: seen by the run that has made it so; removed when another meets it. */
static bool sees_orphan(const char *rel, bool noted, const struct identity_note *note)
{
	if (dirset_has(&removed, hash_of_source(rel)))
		return true;
	if (noted && !note->has_source) {
		if (note->run == this_run())
			return true;
		if (is_soon_after(note->made_ns, (int64_t)sys_time_ns()))
			return false; /* its source may be on its way */
	}
	if (has_holder(rel)) {
		shadow_drop_file(rel);
		identity_note_remove(rel);
		drop_empty_cache(rel);
	}
	return false;
}

static bool sees_pyc(const char *rel, const struct stat *status)
{
	struct identity_note note;
	struct stat entry;
	int64_t stamp_ns;
	bool noted;
	int error;

	error = identity_source_stamp(rel, &stamp_ns);
	if (error == 0 && S_ISREG(status->st_mode) &&
	    identity_is_stamped(status, stamp_ns))
		return true;
	if (error < 0 && error != -ENOENT)
		return false;
	/* a link is noted itself, not what it leads to */
	noted = shadow_find(rel, false, &entry) == 0 &&
		has_note(rel, entry.st_ino, &note);
	return error == 0 ? noted && is_kept(&note, stamp_ns)
			  : sees_orphan(rel, noted, &note);
}

bool identity_sees(const char *rel, const struct stat *status)
{
	switch (pyc_path_class(rel, strlen(rel))) {
	case PYC_FILE:
		if ((S_ISREG(status->st_mode) || S_ISLNK(status->st_mode) ||
		     S_ISFIFO(status->st_mode)) &&
		    identity_has_source(rel))
			return sees_pyc(rel, status);
		return has_holder(rel);
	case PYC_CACHE:
	case PYC_INSIDE:
		return has_holder(rel);
	default: /* a temporary is its writer's alone */
		return true;
	}
}

static struct opened_source *find_hash(uint64_t hash)
{
	unsigned i;

	for (i = 0; i < OPENED_SOURCES; i++)
		if (thread->opened_source[i].hash == hash)
			return &thread->opened_source[i];
	return NULL;
}

void identity_source_opened(const char *path, int64_t stamp_ns)
{
	uint64_t hash = dirset_hash(path, strlen(path));
	struct opened_source *opened = find_hash(hash);

	if (!opened)
		opened =
			&thread->opened_source[thread->opened_sources++ % OPENED_SOURCES];
	opened->hash = hash;
	opened->stamp_ns = stamp_ns;
}

/* Has this thread opened the source of that pyc, for which it has not made one yet? */
static struct opened_source *find_opened(const char *rel)
{
	uint64_t hash = hash_of_source(rel);

	return hash ? find_hash(hash) : NULL;
}

bool identity_compiles(const char *rel)
{
	return find_opened(rel) != NULL;
}

static const struct timespec *stamp_of(const struct opened_source *opened,
				       struct timespec times[2])
{
	times[0] = (struct timespec){.tv_nsec = UTIME_OMIT};
	times[1] = (struct timespec){.tv_sec = opened->stamp_ns / 1000000000,
				     .tv_nsec = opened->stamp_ns % 1000000000};
	return times;
}

bool identity_stamp(const char *rel, const char *to)
{
	struct opened_source *opened = find_opened(to);
	struct timespec times[2];
	bool stamped = opened && shadow_set_times(rel, stamp_of(opened, times)) == 0;

	if (opened)
		opened->hash = 0;
	return stamped;
}

void identity_stamp_open(const char *path, int fd)
{
	struct opened_source *opened;
	struct timespec times[2];

	if (pyc_path_class(path, strlen(path)) != PYC_FILE ||
	    !(opened = find_opened(path + 1)))
		return;
	SYS4(utimensat, fd, NULL, stamp_of(opened, times), 0);
	opened->hash = 0;
}

static void write_note(const char *rel, bool has_source)
{
	struct identity_note note = {.run = this_run()};
	struct stat status;

	if (pyc_path_class(rel, strlen(rel)) != PYC_FILE || !identity_has_source(rel) ||
	    shadow_find(rel, false, &status) < 0 || S_ISDIR(status.st_mode))
		return;
	note.inode = status.st_ino;
	note.has_source = has_source && identity_source_stamp(rel, &note.stamp_ns) == 0;
	identity_note_write(rel, &note);
}

void identity_keep(const char *rel)
{
	write_note(rel, true);
}

void identity_keep_through_change(const char *rel)
{
	write_note(rel, false);
}

void identity_forget(const char *rel)
{
	identity_note_remove(rel);
}

bool identity_may_keep(const char *rel)
{
	size_t length = strlen(rel);
	enum pyc_class class = pyc_path_class(rel, length);
	int64_t stamp_ns;

	return (class != PYC_FILE && class != PYC_TEMPORARY) ||
	       pyc_path_below_cache(rel, length) ||
	       identity_source_stamp(rel, &stamp_ns) != -ENOENT;
}

void identity_source_going(const char *path)
{
	dirset_add(&removed, dirset_hash(path, strlen(path)), dirset_now(&removed));
}
