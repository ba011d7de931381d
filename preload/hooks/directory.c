/* SPDX-License-Identifier: MIT */
/*
 * See directory.h.  Runs in the host: any thread.
 */
#include "hooks/directory.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "call/call.h"
#include "hooks/dirview.h"
#include "hooks/real.h"
#include "hooks/scan.h"
#include "host/config.h"
#include "host/descriptor.h"
#include "host/own_stack.h"
#include "host/process.h"
#include "host/scratch.h"
#include "host/sys.h"
#include "host/thread.h"
#include "pyc_path.h"
#include "store/directory.h"
#include "store/flight.h"
#include "view/abspath.h"
#include "view/deny.h"
#include "view/known.h"
#include "view/shadow.h"
#include "view/where.h"

#define HERE __builtin_frame_address(0)

/* The canonical name of a directory; false: there is nothing of it that is not in place. */
static bool name_of(char *path, int dirfd, const char *given, bool *shadow)
{
	SCRATCH(char, buffer, PATH_MAX);
	long length = abspath_make(path, PATH_MAX - 2, dirfd, given, shadow);
	const char *canonical;

	if (length <= 0 || shadow_contains(path, (size_t)length) ||
	    (!*shadow && shadow_is_empty()))
		return false;
	if (length == 1) { /* in the shadow it needs a name */
		memcpy(path, "/.", 3);
		return true;
	}
	if (pyc_path_is_cache(path, (size_t)length) ||
	    pyc_path_below_cache(path, (size_t)length)) {
		canonical = where_is(buffer, path, (size_t)length);
	} else { /* resolve the directory itself: as one that holds a file */
		memcpy(path + length, "/-", 3);
		canonical = where_is(buffer, path, (size_t)length + 2);
	}
	if (!canonical)
		return false;
	memmove(path, canonical, strlen(canonical) + 1);
	length = (long)strlen(path);
	if (path[length - 1] == '-' && path[length - 2] == '/')
		path[length - 2] = '\0';
	return path[0] && path[1];
}

static bool is_watched(const void *here)
{
	return config.mode == MODE_redirect && process_gate(here);
}

struct opening {
	const char *path;
	bool named;  /* the union may show more than the place has */
	bool opened; /* in the place that a relative path means: see `fd` */
	int fd;	     /* or -errno */
	DIR *stream;
	int error;
};

/* On our own stack. */
static void find_name(void *argument)
{
	char name[PATH_MAX];
	struct opening *opening = argument;

	opening->named = name_of(name, AT_FDCWD, opening->path, &opening->opened);
	opening->opened = opening->opened && opening->named;
	if (opening->opened) /* the current directory is one of the shadow */
		opening->fd = sys_openat(AT_FDCWD, name, O_RDONLY | O_DIRECTORY, 0);
}

static void find_view(void *argument)
{
	char name[PATH_MAX];
	struct opening *opening = argument;
	bool shadow;

	opening->error = name_of(name, AT_FDCWD, opening->path, &shadow)
				 ? dirview_opened(&opening->stream, name)
				 : 0;
}

static DIR *open_found(int fd)
{
	if (fd >= 0)
		return REAL(fdopendir)(fd);
	errno = -fd;
	return NULL;
}

/*
 * libc's opendir may be a cancellation point (musl's is), so nothing is held meanwhile; and
 * what a thread does when it ends is not inside a call of ours.
 */
static DIR *open_watched(const char *path)
{
	struct opening opening = {.path = path};
	struct thread_mark mark;
	int host_error = errno;

	thread_enter(&mark);
	own_stack_run(find_name, &opening);
	thread_leave();
	opening.stream = opening.opened ? open_found(opening.fd) : REAL(opendir)(path);
	if (!opening.named)
		return opening.stream;
	thread_enter(&mark);
	own_stack_run(find_view, &opening);
	thread_leave();
	if (opening.error < 0) {
		if (opening.stream)
			REAL(closedir)(opening.stream);
		errno = -opening.error;
		return NULL;
	}
	if (opening.stream) /* libc's may have failed, for what the shadow has alone */
		errno = host_error;
	return opening.stream;
}

DIR *directory_open(const char *path)
{
	if (config.mode == MODE_deny && scan_path(path) != SCAN_BAD && process_gate(HERE))
		deny_learn_listing(path);
	return scan_path(path) == SCAN_BAD || !is_watched(HERE) ? REAL(opendir)(path)
								: open_watched(path);
}

/* On our own stack. */
static void attach(void *argument)
{
	char name[PATH_MAX];
	DIR *stream = argument;
	bool shadow;

	if (name_of(name, dirfd(stream), ".", &shadow))
		dirview_attach(stream, name);
}

DIR *directory_open_fd(int fd)
{
	DIR *stream = REAL(fdopendir)(fd);
	int host_error = errno;
	struct thread_mark mark;

	if (!stream || !is_watched(HERE))
		return stream;
	thread_enter(&mark);
	own_stack_run(attach, stream);
	thread_leave();
	errno = host_error;
	return stream;
}

int directory_close(DIR *stream)
{
	struct descriptor *known;

	/* libc asks for the number of any stream, but closes none where there is none */
	if (stream && dirview_is_used())
		dirview_close(stream); /* wherever we are: another may get its address */
	if (stream && descriptor_is_known(dirfd(stream)) && process_gate(HERE)) {
		known = descriptor_find(dirfd(stream));
		if (known && (known->kind == DESCRIPTOR_DIRECTORY ||
			      known->kind == DESCRIPTOR_SHADOW))
			descriptor_drop(known);
	}
	return REAL(closedir)(stream);
}

/* On our own stack. */
static void look_where_we_are(void *argument)
{
	(void)argument;
	descriptor_count_current();
}

int directory_moved(int result)
{
	struct thread_mark mark;

	if (result < 0 || !process_watches_trees() || !process_gate(HERE))
		return result;
	thread_enter(&mark);
	own_stack_run(look_where_we_are, NULL);
	thread_leave();
	return result;
}

int directory_rerooted(int result)
{
	if (result == 0 && process_gate(HERE)) {
		shadow_give_up();
		store_give_up();
		flight_give_up();
		known_new_generation();
	}
	return result;
}

char *directory_strip(char *path)
{
	long length = path ? (long)strlen(path) : 0;

	if (path && process_watches_trees() && process_gate(HERE))
		shadow_wanted(path, length);
	if (path)
		path[shadow_strip(path, length)] = '\0';
	return path;
}

struct cut {
	int dirfd;
	const char *path;
	char *buffer;
	size_t bytes;
	long result;
};

/* On our own stack: what the whole target is, of which the host's buffer has a part. */
static void strip_cut(void *argument)
{
	char whole[PATH_MAX];
	struct cut *cut = argument;
	long length = sys_readlinkat(cut->dirfd, cut->path, whole, sizeof(whole));
	long stripped = shadow_strip(whole, length);

	if (length < 0 || stripped == length)
		return;
	if ((size_t)stripped > cut->bytes)
		stripped = (long)cut->bytes;
	memcpy(cut->buffer, whole, (size_t)stripped);
	memset(cut->buffer + stripped, 0, cut->bytes - (size_t)stripped);
	cut->result = stripped;
}

long directory_strip_link(int dirfd, const char *path, char *buffer, size_t bytes,
			  long length)
{
	struct cut cut = {dirfd, path, buffer, bytes, length};
	long stripped;

	if (length > 0 && (size_t)length >= bytes) {
		own_stack_run(strip_cut, &cut);
		return cut.result;
	}
	stripped = shadow_strip(buffer, length);
	/* a program may have cleared the buffer, to find a NUL behind the target */
	if (stripped < length)
		memset(buffer + stripped, 0, (size_t)(length - stripped));
	return stripped;
}
