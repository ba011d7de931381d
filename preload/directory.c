/*
 * See directory.h.  Runs in the host: any thread.
 */
#include "directory.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "abspath.h"
#include "call.h"
#include "config.h"
#include "descriptor.h"
#include "dirview.h"
#include "process.h"
#include "pyc_path.h"
#include "real.h"
#include "scan.h"
#include "scratch.h"
#include "shadow.h"
#include "sys.h"
#include "thread.h"
#include "where.h"

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

/* Light, for no vfork child lists what there are caches in. */
static bool is_watched(const void *here)
{
	return config.mode == MODE_redirect && process_gate_light(here);
}

/*
 * libc's opendir may be a cancellation point (musl's is), so nothing is held meanwhile: no
 * room but the stack, no descriptor; and what a thread does when it ends is not inside a
 * call of ours.
 */
static DIR *open_watched(const char *path)
{
	char name[PATH_MAX];
	struct thread_mark mark;
	int host_error = errno, error;
	bool shadow, named;
	DIR *stream;

	thread_enter(&mark);
	named = name_of(name, AT_FDCWD, path, &shadow);
	thread_leave();
	stream = REAL(opendir)(named && shadow ? name : path);
	if (!named)
		return stream;
	thread_enter(&mark);
	error = dirview_opened(&stream, name);
	thread_leave();
	if (error < 0) {
		if (stream)
			REAL(closedir)(stream);
		errno = -error;
		return NULL;
	}
	if (stream) /* libc's may have failed, for what the shadow has alone */
		errno = host_error;
	return stream;
}

DIR *directory_open(const char *path)
{
	return scan_path(path) == SCAN_BAD || !is_watched(HERE) ? REAL(opendir)(path)
								: open_watched(path);
}

static void attach(DIR *stream, int fd)
{
	SCRATCH(char, name, PATH_MAX);
	bool shadow;

	if (name_of(name, fd, ".", &shadow))
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
	attach(stream, fd);
	thread_leave();
	errno = host_error;
	return stream;
}

int directory_close(DIR *stream)
{
	struct descriptor *known;

	/* libc asks for the number of any stream, but closes none where there is none */
	if (stream && dirview_count)
		dirview_close(stream); /* wherever we are: another may get its address */
	if (stream && descriptor_is_known(dirfd(stream)) && process_gate(HERE)) {
		known = descriptor_find(dirfd(stream));
		if (known && (known->kind == DESCRIPTOR_DIRECTORY ||
			      known->kind == DESCRIPTOR_SHADOW))
			descriptor_drop(known);
	}
	return REAL(closedir)(stream);
}

int directory_moved(int result)
{
	static int
		inside; /* whether scan_count_relative() has counted the current directory */
	char path[PATH_MAX];
	long length;
	int now;

	if (result < 0 || !process_gate(HERE))
		return result;
	length = sys_getcwd(path, sizeof(path));
	now = length > 1 && (pyc_path_is_cache(path, (size_t)length - 1) ||
			     pyc_path_below_cache(path, (size_t)length - 1));
	now -= __atomic_exchange_n(&inside, now, __ATOMIC_RELAXED);
	scan_count_relative(now);
	return result;
}

int directory_rerooted(int result)
{
	if (result == 0 && process_gate(HERE)) {
		shadow_give_up();
		where_forget();
	}
	return result;
}

char *directory_strip(char *path)
{
	long length = path ? (long)strlen(path) : 0;

	if (path && call_watch_all && process_gate_light(HERE))
		shadow_wanted(path, length);
	if (path)
		path[shadow_strip(path, length)] = '\0';
	return path;
}

static __attribute__((noinline)) COLD long strip_cut(int dirfd, const char *path,
						     char *buffer, size_t bytes)
{
	char whole[PATH_MAX];
	long length = sys_readlinkat(dirfd, path, whole, sizeof(whole));
	long stripped = shadow_strip(whole, length);

	if (length < 0 || stripped == length)
		return (long)bytes;
	if ((size_t)stripped > bytes)
		stripped = (long)bytes;
	memcpy(buffer, whole, (size_t)stripped);
	return stripped;
}

long directory_strip_link(int dirfd, const char *path, char *buffer, size_t bytes,
			  long length)
{
	return length > 0 && (size_t)length == bytes
		       ? strip_cut(dirfd, path, buffer, bytes)
		       : shadow_strip(buffer, length);
}
