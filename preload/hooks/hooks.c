/* SPDX-License-Identifier: MIT */
/*
 * The wrappers: hooks.def, expanded.  A wrapper asks whether the call matters (below), and if
 * so begins it, makes or refuses the real call, and ends it.  Nearly all calls do not matter:
 * that is found out in a few nanoseconds, and the wrapper jumps to the real function.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <utime.h>

#include "attributes.h"
#include "call/call.h"
#include "call/call_fd.h"
#include "hooks/directory.h"
#include "hooks/dirview.h"
#include "hooks/kinds.h"
#include "hooks/real.h"
#include "hooks/scan.h"
#include "hooks/temporary.h"
#include "host/config.h"
#include "host/descriptor.h"
#include "host/process.h"
#include "host/sys.h"
#include "host/thread.h"
#include "record/recorder.h"
#include "trace/bracket.h"

/* NOLINTBEGIN(bugprone-macro-parentheses): parameters and arguments are in parentheses. */

/* --- which calls matter ---------------------------------------------------------------- */

static inline bool watches_any(void)
{
	return process_is_watching(PROCESS_WATCHES_ALL);
}

/* open() has a third argument exactly when its flags say so. */
static inline bool needs_mode(intptr_t flags)
{
	return flags & O_CREAT || (flags & O_TMPFILE) == O_TMPFILE;
}

static inline bool watches_operation(enum call_operation operation, intptr_t detail)
{
	bool looks = operation <= CALL_LAST_LOOK ||
		     (operation == CALL_open && !call_opens_for_writing((int)detail));

	return process_is_watching(looks ? PROCESS_WATCHES_LOOKS
					 : PROCESS_WATCHES_CHANGES);
}

/*
 * Does the call matter whatever its path looks like?  A directory of any name may have a
 * shadow, or be made for a pyc (PYTHONPYCACHEPREFIX).
 */
static inline bool matters_always(enum call_operation operation, int option)
{
	switch (operation) {
	case CALL_mkdir:
		return thread->prefix_pyc != 0;
	case CALL_unlink:
		return option & AT_REMOVEDIR && process_watches_trees();
	case CALL_rmdir:
	case CALL_remove:
	case CALL_chdir:
	case CALL_readlink:
		return process_watches_trees();
	default:
		return false;
	}
}

/*
 * Is a file to be made, in deny mode, by a relative name in a directory that is open?  A
 * descriptor that was inherited, or sent by another process, may be that of a __pycache__
 * without being known as such (descriptor.h): call_begin() asks the kernel for its name.
 */
static __attribute__((noinline)) bool is_made_by_descriptor(int dirfd, const char *path)
{
	return dirfd >= 0 && config.mode == MODE_deny && !process_is_waiting() &&
	       scan_path(path) == SCAN_OTHER && path[0] != '/';
}

#define PATH_MATTERS(operation, dirfd, path, detail, option)                             \
	(watches_operation(CALL_##operation, (intptr_t)(detail)) &&                      \
	 (matters_always(CALL_##operation, (int)(option)) || scan_is_wanted(path) ||     \
	  (CALL_##operation == CALL_open && needs_mode((intptr_t)(detail)) &&            \
	   is_made_by_descriptor(dirfd, path))))

static __attribute__((noinline)) bool is_pair_wanted(const char *path, const char *to)
{
	return !process_is_waiting() &&
	       scan_wants_pair(path, to, process_watches_trees());
}

/* Does a compile, or a batch of records, still wait for its end? */
static inline bool end_matters(void)
{
	return bracket_waits() || recorder_waits();
}

static inline bool enters_mounts(int kind)
{
	return process_watches_trees() && (!kind || kind & CLONE_NEWNS);
}

/* A child of clone() that shares our memory and has not its own thread-local storage. */
static inline void clones(int flags)
{
	if (flags & CLONE_VM && !(flags & CLONE_SETTLS))
		process_shares_memory();
}

/* The descriptor of a stream in a process that is ours; -1 for memory and the like. */
static inline int stream_descriptor(FILE *stream)
{
	int host_error = errno, fd;

	if (!watches_any() || !stream)
		return -1;
	fd = fileno(stream);
	if (unlikely(fd < 0))
		errno = host_error;
	return fd;
}

/* --- how a call ends, by what it returns: a number or a pointer -------------------------- */

static inline void end_pointer(struct call *call, void *result)
{
	call_end(call, result ? 0 : -1);
}

static inline void *no_pointer(const struct call *call)
{
	(void)call_result(call);
	return NULL;
}

static FILE *stream_result(const struct call *call)
{
	long fd = call_result(call);
	FILE *stream = fd < 0 ? NULL : REAL(fdopen)((int)fd, (const char *)call->detail);

	if (fd >= 0 && !stream)
		sys_close((int)fd);
	return stream;
}

#define END(call, result)                                                                \
	_Generic((result), FILE *: call_end_stream, int: call_end, ssize_t: call_end,    \
		 char *: end_pointer, void *: end_pointer)(call, result)

#define FAILED(result)                                                                   \
	_Generic((result), FILE * : !(result), int : (intptr_t)(result) < 0)

#define RESULT(call, result)                                                             \
	_Generic((result), FILE *: stream_result, int: call_result,                      \
		 ssize_t: call_result, char *: no_pointer, void *: no_pointer)(call)

/* --- the kinds --------------------------------------------------------------------------- */

/* Begin a call; a path that matters whatever it looks like may still be a bad pointer. */
static bool begin(struct call *call, enum call_operation operation, int dirfd,
		  const char *path, intptr_t detail, int option)
{
	call->operation = operation;
	call->detail = detail;
	call->option = operation == CALL_open && !needs_mode(detail) ? 0 : option;
	return !(matters_always(operation, option) && scan_path(path) == SCAN_BAD) &&
	       call_begin(call, dirfd, path);
}

static bool begin_pair(struct call_pair *pair, enum call_operation operation,
		       intptr_t flags, int dirfd, const char *path, int to_dirfd,
		       const char *to)
{
	pair->from.operation = pair->to.operation = operation;
	pair->from.detail = flags;
	return call_begin_pair(pair, dirfd, path, to_dirfd, to);
}

/* The path that dlopen() is to open. */
static __attribute__((noinline)) const char *loaded_path(const char *path)
{
	process_loads();
	if (!process_watches_trees() || process_is_waiting() ||
	    scan_path(path) != SCAN_OURS || !strchr(path, '/'))
		return path;
	return call_loads(path);
}

/* NOLINTEND(bugprone-macro-parentheses) */

/* --- what is called instead --------------------------------------------------------------- */

static int temporary_file(char *template, int suffix, int flags);
static char *temporary_directory(char *template);
static void close_from(int first);
static void end_at_once(int status);

#define HOOK(kind, ...) HOOK_##kind(__VA_ARGS__)
#include "hooks/hooks.def"
#undef HOOK

static int make_file(const char *path, int flags)
{
	return hook_open(path, flags, 0600);
}

static int make_directory(const char *path, int flags)
{
	(void)flags;
	return hook_mkdir(path, 0700);
}

static int temporary_file(char *template, int suffix, int flags)
{
	return temporary_make(template, suffix, flags, make_file);
}

static char *temporary_directory(char *template)
{
	return temporary_make(template, 0, 0, make_directory) < 0 ? NULL : template;
}

static void close_from(int first)
{
	(void)call_close_range((unsigned)first, ~0u, 0);
}

/* The program ends without running destructors. */
static void end_at_once(int status)
{
	call_ends();
	REAL(_exit)(status);
}

struct real real = {
#define HOOK(kind, type, failure, operation, name, ...)                                  \
	.name = (__typeof__(real.name))first_##name,
#include "hooks/hooks.def"
#undef HOOK
};

__attribute__((constructor)) static void start(void)
{
	process_start(real_find_all);
}

__attribute__((destructor)) static void stop(void)
{
	if (end_matters())
		call_ends();
}
