/* SPDX-License-Identifier: MIT */
/*
 * See dirview.h.  The second part is a snapshot (view.h).
 */
#include "hooks/dirview.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "hooks/real.h"
#include "host/own_stack.h"
#include "host/process.h"
#include "host/scratch.h"
#include "host/sys.h"
#include "host/text.h"
#include "host/thread.h"
#include "pyc_path.h"
#include "view/identity.h"
#include "view/merged.h"
#include "view/shadow.h"
#include "view/shadow_tree.h"
#include "view/union_directory.h"
#include "view/where.h"

#define SLOTS 256	     /* streams at once */
#define SECOND_PART LONG_MIN /* in a position: the rest is an offset in the snapshot */

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

static void attach(DIR *stream, const char *path, bool shadow_first, int other)
{
	struct view *view = view_make(VIEW_BYTES, path, shadow_first, other);
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
	view_release(view); /* so many at once: the first part must do */
}

/*
 * A directory that is not there in place: one that has a name of ours may be seen all the
 * same.  Of others the shadow has what is left of a package that is gone.
 */
static bool is_seen_alone(const char *path)
{
	struct stat status;
	enum pyc_class class = pyc_path_class(path, strlen(path));

	if (class != PYC_NONE && class != PYC_SOURCE)
		return identity_look(path + 1, true, &status) == 0;
	if (sys_fstatat(AT_FDCWD, path, &status, 0) == -ENOENT)
		shadow_drop_gone(path + 1);
	return false;
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
		if (!is_seen_alone(path)) {
			sys_close(fd);
			return 0;
		}
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

/*
 * Our part of a call that is libc's for the rest begins: thread_leave() ends it.  False in
 * what has interrupted one.
 */
static bool enter(struct thread_mark *mark)
{
	if (!process_gate(mark))
		return false;
	thread_enter(mark);
	return true;
}

struct question {
	const struct view *view;
	const struct dirent *read;
	bool hidden;
};

/* On our own stack. */
static void ask_whether_hidden(void *argument)
{
	struct question *question = argument;
	struct stat status;

	question->hidden = view_look(question->view, question->read->d_name, &status) < 0;
}

static void learn_place(void *argument)
{
	const struct question *question = argument;

	where_learn(question->view->path, question->read->d_name,
		    question->view->generation);
}

/*
 * Must a name of the shadow not be seen?  A link may be a whiteout, and a pyc may be of
 * another source; not every file system tells what a name is.  Where that cannot be asked
 * a link is taken for a whiteout: others are rare in the shadow.
 */
static bool is_unseen(const struct view *view, const struct dirent *read)
{
	struct question question = {view, read, false};
	struct thread_mark mark;

	if (read->d_type == DT_DIR ||
	    (read->d_type == DT_REG &&
	     pyc_path_class(read->d_name, strlen(read->d_name)) != PYC_FILE))
		return false;
	if (!enter(&mark))
		return read->d_type == DT_LNK;
	own_stack_run(ask_whether_hidden, &question);
	thread_leave();
	return question.hidden;
}

/* A directory that the shadow has is one in place, and no link: look-ups will ask. */
static void learn(const struct view *view, const struct entry *entry,
		  const struct dirent *read)
{
	struct question question = {view, read, false};
	struct thread_mark mark;

	if (entry->type != DT_DIR || read->d_type != DT_DIR || !enter(&mark))
		return;
	own_stack_run(learn_place, &question);
	thread_leave();
}

/* Must a name that libc has read not be seen? */
static bool is_hidden(const struct view *view, const struct dirent *read)
{
	struct entry *entry;

	if (view->shadow_first)
		return shadow_keeps_name(read->d_name) || is_unseen(view, read);
	entry = view_find(view, read->d_name);
	if (entry)
		entry->met = true;
	if (entry && !entry->hides)
		learn(view, entry, read);
	return entry && entry->hides;
}

static bool is_dots(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static void drop_gone_on_own_stack(void *argument)
{
	struct view *view = argument;
	bool empty = !view->has_names && !view->in_cache;
	SCRATCH(char, path, PATH_MAX);
	struct entry *entry;
	struct stat status;
	size_t at;

	for (at = 0; at < view->used; at += entry->size) {
		entry = (struct entry *)(view->entries + at);
		if (entry->type != DT_DIR || entry->met || (entry->shown && !empty) ||
		    view_path(view, entry->name, path).cut)
			continue;
		if (entry->shown)
			entry->shown = !union_is_left_over(path + 1);
		else if (sys_fstatat(AT_FDCWD, path, &status, 0) == -ENOENT)
			shadow_drop_gone(path + 1);
	}
}

/*
 * The first part was read: what the shadow has of directories that are gone goes, too.  In an
 * empty directory no cache shows that is left over.
 */
static void drop_gone(struct view *view)
{
	struct thread_mark mark;

	if (view->shadow_first || !enter(&mark))
		return;
	own_stack_run(drop_gone_on_own_stack, view);
	thread_leave();
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
		view->has_names |= read && !is_dots(read->d_name);
		if (read && !is_hidden(view, read))
			return read;
		if (!read) {
			drop_gone(view);
			second_part(view, 0);
		}
	}
	return read_second(view);
}

/* Read the other place again; where that has grown, so does the view. */
static void renew(void *argument)
{
	struct slot *slot = argument;
	struct view *view = slot->view, *larger;

	if (view_fill(view, view_open_other(view)))
		return;
	larger = view_make(2 * view->bytes, view->path, view->shadow_first, -1);
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
	own_stack_run(renew, slot);
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
	view_release(view);
}
