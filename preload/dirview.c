/*
 * See dirview.h.  The second part is a snapshot, in memory of its own (mmap): the host's
 * allocator is not ours to call.
 */
#include "dirview.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "dirset.h"
#include "listing.h"
#include "process.h"
#include "pyc_path.h"
#include "real.h"
#include "scratch.h"
#include "shadow.h"
#include "sys.h"
#include "text.h"
#include "thread.h"
#include "where.h"

#define SLOTS 256	       /* streams at once */
#define VIEW_BYTES (16u << 10) /* grows by doubling */
#define CHAIN_BYTES 128u       /* of a view, for each chain of its names */
#define SECOND_PART LONG_MIN   /* in a position: the rest is an offset in the snapshot */
#define BIT_OF(name) ((uint64_t)1 << (*(name)&63)) /* by its first letter */

/* A name of the other place. */
struct entry {
	size_t chained; /* the offset in the view of another of its chain, or 0 */
	ino_t inode;	/* of what is shown */
	uint16_t size;	/* of this entry, to the next one */
	uint8_t type;
	uint8_t hides; /* the name must not be shown from the first part */
	uint8_t shown; /* it is part of the second part */
	char name[];
};

struct view {
	struct view *outgrown; /* what it was before: the host may hold a name of it */
	size_t bytes;	       /* of this mapping */
	size_t used;	       /* of entries */
	size_t next;	       /* in the second part: the entry to be shown next */
	unsigned now;	       /* where_now(), before the first part was read */
	bool second;	       /* libc's part is at its end */
	bool shadow_first;     /* libc reads the shadow, the snapshot is of the place */
	bool in_cache;	       /* all names are ours, not only bytecode's */
	uint64_t begins;       /* BIT_OF() all its names, for most others begin as none */
	struct dirent out;
	char path[PATH_MAX]; /* canonical, absolute */
	char entries[] __attribute__((aligned(8)));
	/* the heads of the chains are at the end of the mapping */
};

int dirview_count;

/* Who looks for a stream of its own never touches another's view, which may go. */
static struct slot {
	DIR *stream; /* NULL: free */
	struct view *view;
} slots[SLOTS];

static struct slot *find_slot(DIR *stream)
{
	struct slot *slot;

	for (slot = slots; slot < slots + SLOTS; slot++)
		if (__atomic_load_n(&slot->stream, __ATOMIC_ACQUIRE) == stream)
			return slot;
	return NULL;
}

static struct view *find(DIR *stream)
{
	const struct slot *slot = find_slot(stream);

	return slot ? slot->view : NULL;
}

/* Does bytecode decide about this name? */
static bool is_covered(const struct view *view, const char *name)
{
	enum pyc_class class = pyc_path_class(name, strlen(name));

	return view->in_cache || class == PYC_FILE || class == PYC_TEMPORARY ||
	       class == PYC_CACHE;
}

static struct text path_of(const struct view *view, const char *name, char *buffer)
{
	struct text path = text_in(buffer, PATH_MAX);

	text_add(&path, view->path);
	text_add(&path, "/");
	text_add(&path, name);
	return path;
}

/* What the shadow says of a name in the directory. */
static int look(const struct view *view, const char *name, struct stat *status)
{
	SCRATCH(char, path, PATH_MAX);

	return path_of(view, name, path).cut ? -ENAMETOOLONG
					     : shadow_look(path + 1, false, status);
}

/* The same of one that was listed; a directory that is known needs no look. */
static int look_at_listed(const struct view *view, const struct listing_entry *listed,
			  ino_t *inode)
{
	SCRATCH(char, path, PATH_MAX);
	struct text text = path_of(view, listed->name, path);
	struct stat status = {.st_ino = 1};
	int error;

	*inode = listed->inode;
	if (!text.cut && !view->shadow_first && listed->type == DT_DIR &&
	    shadow_knows(path + 1))
		return 0;
	error = text.cut ? -ENAMETOOLONG : shadow_look(path + 1, false, &status);
	*inode = status.st_ino;
	return error;
}

static size_t chain_count(const struct view *view)
{
	return view->bytes / CHAIN_BYTES;
}

/* The chains' heads: those of many names must be found without a search through all. */
static size_t *chains(const struct view *view)
{
	return (size_t *)((uintptr_t)view + view->bytes) - chain_count(view);
}

static size_t *chain_of(const struct view *view, const char *name)
{
	return chains(view) + dirset_hash(name, strlen(name)) / 2 % chain_count(view);
}

struct snapshot {
	struct view *view;
	bool full;
};

/* A name of the other place: does it show, does it hide? */
static bool take(const struct listing_entry *listed, void *argument)
{
	const char *name = listed->name;
	struct snapshot *snapshot = argument;
	struct view *view = snapshot->view;
	size_t size = (offsetof(struct entry, name) + strlen(name) + 8) & ~(size_t)7;
	struct entry *entry = (struct entry *)(view->entries + view->used);
	bool covered = is_covered(view, name);
	ino_t inode = listed->inode;
	int shadow = -ENOENT;
	size_t *chain;

	/* of what else the shadow has, a directory tells something: see learn() */
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

static int open_other(const struct view *view)
{
	return view->shadow_first
		       ? sys_openat(AT_FDCWD, view->path, O_RDONLY | O_DIRECTORY, 0)
		       : shadow_open(view->path + 1, O_RDONLY | O_DIRECTORY);
}

/* Read the other place, which is closed; false: there is not room enough. */
static bool fill(struct view *view, int fd)
{
	struct snapshot snapshot = {view, false};

	if (view->used) /* it was in use before */
		memset(chains(view), 0, chain_count(view) * sizeof(size_t));
	view->begins = view->used = 0;
	view->second = false;
	view->now = where_now();
	if (fd >= 0) {
		(void)listing_each(fd, take, &snapshot);
		sys_close(fd);
	}
	return !snapshot.full;
}

/* Most listings are short, and many follow. */
static void *spare;

static struct view *allocate(size_t bytes)
{
	struct view *view = bytes == VIEW_BYTES ? sys_map_spare(&spare, bytes)
						: sys_map(bytes, MAP_PRIVATE);

	if (view)
		view->bytes = bytes;
	return view;
}

static void release(struct view *view)
{
	struct view *outgrown;

	for (; view; view = outgrown) {
		outgrown = view->outgrown;
		if (view->bytes == VIEW_BYTES)
			sys_unmap_spare(&spare, view, VIEW_BYTES);
		else
			SYS2(munmap, view, view->bytes);
	}
}

/* Of so many bytes, or more.  `other` is the other place, if it is open, and is closed. */
static struct view *make(size_t bytes, const char *path, bool shadow_first, int other)
{
	size_t length = strlen(path);
	struct view *view;

	for (; (view = allocate(bytes)); bytes *= 2, other = -1) {
		view->outgrown = NULL;
		view->shadow_first = shadow_first;
		memcpy(view->path, path, length + 1);
		view->in_cache = pyc_path_is_cache(path, length) ||
				 pyc_path_below_cache(path, length);
		if (fill(view, other < 0 ? open_other(view) : other))
			return view;
		release(view);
	}
	if (other >= 0)
		sys_close(other);
	return NULL;
}

static void attach(DIR *stream, const char *path, bool shadow_first, int other)
{
	struct view *view = make(VIEW_BYTES, path, shadow_first, other);
	struct slot *slot;
	DIR *none;

	if (!view)
		return;
	for (slot = slots; slot < slots + SLOTS; slot++) {
		none = NULL;
		if (__atomic_compare_exchange_n(&slot->stream, &none, stream, false,
						__ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
			slot->view = view;
			__atomic_add_fetch(&dirview_count, 1, __ATOMIC_RELEASE);
			return;
		}
	}
	release(view); /* so many at once: the first part must do */
}

int dirview_opened(DIR **stream, const char *path)
{
	int fd = shadow_open(path + 1, O_RDONLY | O_DIRECTORY);
	bool shadow_first = false;

	if (fd == SHADOW_HIDDEN || fd == -ENOTDIR)
		return shadow_error(fd);
	if (fd < 0)
		return 0;
	if (!*stream && (errno == ENOENT || errno == ENOTDIR)) {
		*stream = REAL(fdopendir)(fd); /* takes it */
		shadow_first = *stream != NULL;
	}
	if (*stream)
		attach(*stream, path, shadow_first, shadow_first ? -1 : fd);
	else
		sys_close(fd);
	return 0;
}

void dirview_attach(DIR *stream, const char *path)
{
	struct stat ours = {0};
	int fd = shadow_open(path + 1, O_RDONLY | O_DIRECTORY);
	bool shadow_first;

	if (fd < 0)
		return;
	shadow_first = sys_fstat(fd, &ours) == 0 &&
		       sys_is_open_on(dirfd(stream), ours.st_dev, ours.st_ino);
	if (shadow_first)
		sys_close(fd);
	attach(stream, path, shadow_first, shadow_first ? -1 : fd);
}

static const struct entry *find_name(const struct view *view, const char *name)
{
	const struct entry *entry;
	size_t offset = view->begins & BIT_OF(name) ? *chain_of(view, name) : 0;

	for (; offset; offset = entry->chained) {
		entry = (const struct entry *)((const char *)view + offset);
		if (strcmp(entry->name, name) == 0)
			return entry;
	}
	return NULL;
}

/*
 * Our part of a call that is libc's for the rest begins: thread_leave() ends it.  False in
 * what has interrupted one.
 */
static bool enter(struct thread_mark *mark)
{
	if (!process_gate_light(mark))
		return false;
	thread_enter(mark);
	return true;
}

/*
 * Not every file system tells what a name is.  Where that cannot be asked a link is taken
 * for a whiteout: others are rare in the shadow.
 */
static bool is_whiteout(const struct view *view, const struct dirent *read)
{
	struct thread_mark mark;
	struct stat status;
	bool yes;

	if (read->d_type != DT_LNK && read->d_type != DT_UNKNOWN)
		return false;
	if (!enter(&mark))
		return read->d_type == DT_LNK;
	yes = look(view, read->d_name, &status) == SHADOW_HIDDEN;
	thread_leave();
	return yes;
}

/* A directory that the shadow has is one in place, and no link: look-ups will ask. */
static void learn(const struct view *view, const struct entry *entry,
		  const struct dirent *read)
{
	struct thread_mark mark;

	if (entry->type != DT_DIR || read->d_type != DT_DIR || !enter(&mark))
		return;
	where_learn(view->path, read->d_name, view->now);
	thread_leave();
}

/* Must a name that libc has read not be seen? */
static bool is_hidden(const struct view *view, const struct dirent *read)
{
	const struct entry *entry;

	if (view->shadow_first)
		return shadow_keeps_name(read->d_name) || is_whiteout(view, read);
	entry = find_name(view, read->d_name);
	if (entry && !entry->hides)
		learn(view, entry, read);
	return entry && entry->hides;
}

static void second_part(struct view *view, size_t next)
{
	view->second = true;
	view->next = next;
}

static struct dirent *read_second(struct view *view)
{
	const struct entry *entry;

	while (view->next < view->used) {
		entry = (const struct entry *)(view->entries + view->next);
		view->next += entry->size;
		if (!entry->shown)
			continue;
		view->out.d_ino = entry->inode;
		view->out.d_off = (off_t)(SECOND_PART | (long)view->next);
		view->out.d_reclen = sizeof(view->out);
		view->out.d_type = entry->type;
		strcpy(view->out.d_name, entry->name);
		return &view->out;
	}
	return NULL;
}

struct dirent *dirview_read(DIR *stream)
{
	struct view *view = find(stream);
	struct dirent *read;
	int host_error = errno;

	if (!view)
		return REAL(readdir)(stream);
	while (!view->second) {
		errno = 0;
		read = REAL(readdir)(stream);
		if (!read && errno)
			return NULL;
		errno = host_error;
		if (read && !is_hidden(view, read))
			return read;
		if (!read)
			second_part(view, 0);
	}
	return read_second(view);
}

/* Read the other place again; where that has grown, so does the view. */
static void renew(struct slot *slot)
{
	struct view *view = slot->view, *larger;

	if (fill(view, open_other(view)))
		return;
	larger = make(2 * view->bytes, view->path, view->shadow_first, -1);
	if (!larger) /* what has room must do */
		return;
	larger->outgrown = view;
	slot->view = larger;
}

void dirview_rewind(DIR *stream)
{
	struct slot *slot = find_slot(stream);
	struct thread_mark mark;

	REAL(rewinddir)(stream);
	if (!slot)
		return;
	slot->view->second = false;
	if (!enter(&mark))
		return;
	renew(slot);
	thread_leave();
}

long dirview_tell(DIR *stream)
{
	const struct view *view = find(stream);

	return view && view->second ? SECOND_PART | (long)view->next
				    : REAL(telldir)(stream);
}

/* The entry at that offset, or after it: the snapshot may be another one by now. */
static size_t entry_at(const struct view *view, size_t offset)
{
	size_t at = 0;

	while (at < offset && at < view->used)
		at += ((const struct entry *)(view->entries + at))->size;
	return at;
}

void dirview_seek(DIR *stream, long position)
{
	struct view *view = find(stream);

	if (view && position < 0) { /* no file system's own: those of ext4 are 63 bits */
		second_part(view, entry_at(view, (size_t)(position & ~SECOND_PART)));
		return;
	}
	if (view)
		view->second = false;
	REAL(seekdir)(stream, position);
}

void dirview_close(DIR *stream)
{
	struct slot *slot = find_slot(stream);
	struct view *view;

	if (!slot)
		return;
	view = slot->view;
	__atomic_store_n(&slot->stream, NULL, __ATOMIC_RELEASE);
	__atomic_sub_fetch(&dirview_count, 1, __ATOMIC_RELEASE);
	release(view);
}
