/* SPDX-License-Identifier: MIT */
/*
 * See identity.h.
 */
#include "view/identity.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "host/config.h"
#include "host/process.h"
#include "host/scratch.h"
#include "host/source_hash.h"
#include "host/sys.h"
#include "pyc_path.h"
#include "view/identity_note.h"
#include "view/identity_source.h"
#include "view/known.h"
#include "view/removed.h"
#include "view/shadow.h"
#include "view/shadow_tree.h"

/*
 * A tool that copies a tree may write a pyc before its source, and a program that is about to
 * change a source may fail to, or take its time.  The note of such a pyc is valid for a source
 * whose last change is at most this much later.
 */
#define COPYING_SECONDS 600

/* Returns the hash of the path of a pyc's source; 0 if that is too long. */
static uint64_t source_hash(const char *rel)
{
	SCRATCH(char, path, PATH_MAX);

	return identity_source_path(path, rel) < 0 ? 0 : known_hash(path, strlen(path));
}

/* Returns the number of the process tree that this process belongs to. */
static uint64_t this_run(void)
{
	return config.run ? config.run : process->number;
}

/* Reads the note about the file with this inode number.  False: there is none. */
static bool find_note(const char *rel, uint64_t inode, struct identity_note *note)
{
	return identity_note_read(rel, note) == 0 && !note->hashed &&
	       note->inode == inode;
}

/* Compares whole seconds, because a stamp's nanoseconds are no time (path/stamp.h). */
static bool is_soon_after(int64_t time_ns, int64_t later_ns)
{
	int64_t seconds = later_ns / 1000000000 - time_ns / 1000000000;

	return seconds >= 0 && seconds <= COPYING_SECONDS;
}

/* Does the note of a pyc say that it belongs to the source with this stamp? */
static bool note_fits(const struct identity_note *note, int64_t stamp_ns)
{
	if (note->has_source && note->stamp_ns == stamp_ns)
		return true;
	return (!note->has_source || note->changing) &&
	       is_soon_after(note->made_ns, stamp_ns);
}

/* Is there something of this name in place, or can that not be told? */
static bool may_be_in_place(const char *path)
{
	struct stat status;
	int error = sys_fstatat(AT_FDCWD, path, &status, 0);

	return error != -ENOENT && error != -ENOTDIR;
}

/*
 * Does the directory exist in place that holds the outermost __pycache__ of the path?  If it
 * is gone, what the shadow has of it is removed.
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
	if (may_be_in_place(path))
		return true;
	shadow_drop_gone(path + 1);
	return false;
}

/* Removes the __pycache__ that a removed pyc was in, if it is empty now. */
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

/*
 * May the program see a pyc that has no source?  Only the process that has removed the
 * source, and the run that has put the pyc there, may.  Another run removes the pyc.
 */
static bool sees_orphan(const char *rel, bool noted, const struct identity_note *note)
{
	if (removed_has(source_hash(rel)))
		return true;
	if (noted && !note->has_source) {
		if (note->run == this_run())
			return true;
		if (is_soon_after(note->made_ns, (int64_t)sys_time_ns()))
			return false; /* its source may follow soon */
	}
	if (has_holder(rel)) {
		shadow_drop_file(rel);
		identity_note_remove(rel);
		drop_empty_cache(rel);
	}
	return false;
}

/* The times of a stamped pyc, for utimensat(): the access time stays. */
static const struct timespec *stamp_times(int64_t stamp_ns, struct timespec times[2])
{
	times[0] = (struct timespec){.tv_nsec = UTIME_OMIT};
	times[1] = (struct timespec){.tv_sec = stamp_ns / 1000000000,
				     .tv_nsec = stamp_ns % 1000000000};
	return times;
}

void identity_note_new(const char *rel, int64_t stamp_ns, const struct content *content)
{
	struct identity_note note = {.hashed = true, .stamp_ns = stamp_ns};

	memcpy(note.hash, content->hash, sizeof(note.hash));
	identity_note_write(rel, &note);
}

void identity_stamp_new(int fd, int64_t stamp_ns)
{
	struct timespec times[2];

	SYS4(utimensat, fd, NULL, stamp_times(stamp_ns, times), 0);
}

/*
 * Stamps the pyc that had this status anew.  By descriptor: another process, for which there
 * is another source at this path, may put its pyc at `rel` at any time.
 */
static void stamp_anew(const char *rel, const struct stat *status, int64_t stamp_ns,
		       const struct content *content)
{
	struct stat now;
	int fd = shadow_open_known(rel, O_RDONLY, &now, 0);

	if (fd < 0)
		return;
	if (now.st_dev == status->st_dev && now.st_ino == status->st_ino &&
	    stamp_time_ns(now.st_mtim) == stamp_time_ns(status->st_mtim)) {
		identity_stamp_new(fd, stamp_ns);
		identity_note_new(rel, stamp_ns, content);
	}
	sys_close(fd);
}

/* Writes a note of the content of the source that this thread has compiled to `rel`. */
static void note_content(const char *rel, int64_t stamp_ns)
{
	SCRATCH(char, path, PATH_MAX);
	const struct source_hash *source;

	if (identity_source_path(path, rel) == 0 &&
	    (source = source_hash_find_path(path)))
		identity_note_new(rel, stamp_ns, &source->content);
}

/*
 * The source has changed since the pyc was stamped.  If only its times, owner or place have,
 * and not its content, the pyc is of this source all the same, and gets its new stamp.
 */
static bool has_same_content(const char *rel, const struct stat *status, int64_t stamp_ns)
{
	SCRATCH(char, path, PATH_MAX);
	struct identity_note note;
	struct content content;

	if (identity_note_read(rel, &note) < 0 || !note.hashed ||
	    !stamp_is_on(status, note.stamp_ns) || identity_source_path(path, rel) < 0 ||
	    !source_hash_of_file(path, &content) ||
	    memcmp(content.hash, note.hash, sizeof(note.hash)) != 0)
		return false;
	stamp_anew(rel, status, stamp_ns, &content);
	return true;
}

/* May the program see this pyc?  identity_sees() for a file that can have a source. */
static bool sees_pyc(const char *rel, const struct stat *status)
{
	struct identity_note note;
	struct stat entry;
	int64_t stamp_ns;
	bool noted;
	int error;

	error = identity_source_stamp(rel, &stamp_ns);
	if (error == 0 && S_ISREG(status->st_mode) && stamp_is_on(status, stamp_ns))
		return true;
	if (error < 0 && error != -ENOENT)
		return false;
	if (error == 0 && S_ISREG(status->st_mode) &&
	    has_same_content(rel, status, stamp_ns))
		return true;
	/* if the source is lost once more, it was not this process that removed it */
	if (error == 0)
		removed_drop(source_hash(rel));
	/* the note of a symbolic link has the inode number of the link */
	noted = shadow_find(rel, false, &entry) == 0 &&
		find_note(rel, entry.st_ino, &note);
	return error == 0 ? noted && note_fits(&note, stamp_ns)
			  : sees_orphan(rel, noted, &note);
}

static bool identity_sees_class(const char *rel, enum pyc_class class,
				const struct stat *status)
{
	switch (class) {
	case PYC_FILE:
		if ((S_ISREG(status->st_mode) || S_ISLNK(status->st_mode) ||
		     S_ISFIFO(status->st_mode)) &&
		    identity_has_source(rel))
			return sees_pyc(rel, status);
		return has_holder(rel);
	case PYC_CACHE:
	case PYC_INSIDE:
		return has_holder(rel);
	default: /* nobody but its writer uses a temporary file */
		return true;
	}
}

static int look_class(const char *rel, enum pyc_class class, bool follow,
		      struct stat *status)
{
	int error = shadow_find(rel, follow, status);

	return error == 0 && !identity_sees_class(rel, class, status) ? -ENOENT : error;
}

int identity_look(const char *rel, bool follow, struct stat *status)
{
	return look_class(rel, pyc_path_class(rel, strlen(rel)), follow, status);
}

bool identity_sees(const struct call *call, const struct stat *status)
{
	return identity_sees_class(call_rel(call), call->class, status);
}

int identity_look_call(const struct call *call, bool follow, struct stat *status)
{
	return look_class(call_rel(call), call->class, follow, status);
}

static struct opened_source *find_opened_hash(uint64_t hash)
{
	unsigned i;

	for (i = 0; i < OPENED_SOURCES; i++)
		if (thread->opened_source[i].hash == hash)
			return &thread->opened_source[i];
	return NULL;
}

static struct opened_source *find_opened_path(const char *path)
{
	return thread->opened_sources ? find_opened_hash(known_hash(path, strlen(path)))
				      : NULL;
}

void identity_import_begins(const char *path)
{
	struct opened_source *opened = find_opened_path(path);

	if (opened)
		opened->hash = 0;
}

bool identity_source_changes(const char *path)
{
	struct opened_source *opened = find_opened_path(path);

	if (!opened || opened->imported)
		return false;
	opened->hash = 0;
	return true;
}

void identity_source_opened(const char *path, int64_t stamp_ns, bool anew, bool imported)
{
	uint64_t hash = known_hash(path, strlen(path));
	struct opened_source *opened = find_opened_hash(hash);

	if (opened && !anew && (opened->imported || opened->stamp_ns == stamp_ns))
		return;
	if (!opened)
		opened =
			&thread->opened_source[thread->opened_sources++ % OPENED_SOURCES];
	opened->hash = hash;
	opened->stamp_ns = stamp_ns;
	opened->imported = imported;
}

/* Finds the source of the pyc among those that this thread has opened; NULL: it has not. */
static struct opened_source *find_opened(const char *rel)
{
	uint64_t hash = source_hash(rel);

	return hash ? find_opened_hash(hash) : NULL;
}

bool identity_compiles(const char *rel)
{
	return find_opened(rel) != NULL;
}

bool identity_stamp(const char *rel, const char *to)
{
	struct opened_source *opened = find_opened(to);
	struct timespec times[2];
	bool stamped = opened &&
		       shadow_set_times(rel, stamp_times(opened->stamp_ns, times)) == 0;

	if (stamped)
		note_content(to, opened->stamp_ns);
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
	SYS4(utimensat, fd, NULL, stamp_times(opened->stamp_ns, times), 0);
	note_content(path + 1, opened->stamp_ns);
	opened->hash = 0;
}

/* Starts a note of the file at `rel`.  False: no note is made of it. */
static bool start_note(const char *rel, struct identity_note *note)
{
	struct stat status;

	if (pyc_path_class(rel, strlen(rel)) != PYC_FILE || !identity_has_source(rel) ||
	    shadow_find(rel, false, &status) < 0 || S_ISDIR(status.st_mode))
		return false;
	*note = (struct identity_note){.run = this_run(), .inode = status.st_ino};
	note->has_source = identity_source_stamp(rel, &note->stamp_ns) == 0;
	return true;
}

void identity_keep(const char *rel)
{
	struct identity_note note;
	const struct opened_source *opened;

	if (!start_note(rel, &note))
		return;
	/* it is made from what the thread has read, and not from a later source */
	if (note.has_source && (opened = find_opened(rel)))
		note.stamp_ns = opened->stamp_ns;
	identity_note_write(rel, &note);
}

void identity_keep_times(const char *rel)
{
	struct opened_source *opened = find_opened(rel);

	if (opened)
		opened->hash = 0;
}

void identity_keep_through_change(const char *rel, bool of_content)
{
	struct identity_note note;

	/* the hash tells afterwards that the content is the same */
	if (!of_content && identity_note_read(rel, &note) == 0 && note.hashed)
		return;
	if (!start_note(rel, &note))
		return;
	note.changing = note.has_source;
	identity_note_write(rel, &note);
}

void identity_forget(const char *rel)
{
	identity_note_remove(rel);
}

bool identity_may_keep(const struct call *call)
{
	int64_t stamp_ns;

	return (call->class != PYC_FILE && call->class != PYC_TEMPORARY) ||
	       pyc_path_below_cache(call_path(call), call->path_length) ||
	       identity_source_stamp(call_rel(call), &stamp_ns) != -ENOENT;
}

void identity_source_going(const char *path)
{
	removed_add(known_hash(path, strlen(path)));
}
