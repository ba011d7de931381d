/*
 * The wrappers: hooks.def, expanded.  Each has the same three steps (begin, refuse or
 * make the real call, end) and no logic.  Calls that do not concern us, nearly all, are
 * told in a few nanoseconds and jump on.
 *
 * The C names differ from the exported ones, so that no header's declaration (and its
 * `nonnull`, from which a compiler would delete our checks) applies here.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <utime.h>

#include "attributes.h"
#include "bracket.h"
#include "call.h"
#include "descriptor.h"
#include "directory.h"
#include "dirview.h"
#include "process.h"
#include "real.h"
#include "scan.h"
#include "shadow.h"
#include "temporary.h"
#include "thread.h"

/* NOLINTBEGIN(bugprone-macro-parentheses): parameters and arguments are in parentheses. */

/*
 * What is variadic in libc is not so here: the ABIs that sys.h knows pass an integer that
 * may be missing as any other, and handing on a register costs nothing.  Calls through
 * `real` are variadic, as libc expects.
 */
#undef HOOK_MODE
#undef HOOK_ARGUMENT
#define HOOK_MODE unsigned mode
#define HOOK_ARGUMENT void *argument

/*
 * The exported symbol `name` is the C function hook_name.  In a build with a sanitizer it is
 * not instrumented: the sanitizer's run-time calls us before it is ready itself.  Each wrapper begins on a cache
 * line of its own: an instruction-cache miss dominates what it costs.
 */
#define EXPORT(type, name, parameters)                                                   \
	__attribute__((visibility("default"), aligned(64)))                              \
	type hook_##name parameters __asm__(#name);                                      \
	NO_SANITIZE __attribute__((visibility("default"))) type hook_##name parameters

/*
 * At first `real` points to these, which find what it shall point to: so the wrappers
 * need not ask whether it is known.
 */
#define FIRST(type, name, parameters, arguments)                                         \
	static NO_SANITIZE __attribute__((cold)) type first_##name parameters            \
	{                                                                                \
		real_find(REAL_##name);                                                  \
		return REAL(name) arguments;                                             \
	}

/*
 * What is watched is handled in a function of its own: with no local variable in the
 * wrapper, the compiler lets it jump to the real function, which then needs no more stack
 * than without us and sees its true caller.
 */
#define WATCHED(type, name, parameters)                                                  \
	static __attribute__((noinline, cold)) type watched_##name parameters

/* open() has a third argument exactly when its flags say so. */
#define NEEDS_MODE(flags) ((flags)&O_CREAT || ((flags)&O_TMPFILE) == O_TMPFILE)

/* What this process watches: nothing, unless it is ours. */
#define WATCHES(what)                                                                    \
	unlikely(__atomic_load_n(&process_watches, __ATOMIC_RELAXED) & (what))
#define CHANGES_OR_LOOKS(operation)                                                      \
	(CALL_##operation <= CALL_LAST_LOOK ? PROCESS_WATCHES_LOOKS                      \
					    : PROCESS_WATCHES_CHANGES)
#define OPENS(flags)                                                                     \
	(call_opens_for_writing(flags) ? PROCESS_WATCHES_CHANGES : PROCESS_WATCHES_LOOKS)

/*
 * May a call on this path, in a process that watches such calls, concern us?  If not, a
 * compile may have to be seen to have ended.
 */
static __attribute__((noinline)) bool is_wanted(const char *path)
{
	if (process_is_waiting())
		return false;
	if (scan_path(path) == SCAN_OURS)
		return true;
	if (bracket_waits())
		call_passes();
	return false;
}

static __attribute__((noinline)) bool is_pair_wanted(const char *path, const char *to)
{
	return !process_is_waiting() && scan_wants_pair(path, to, call_watch_all);
}

/* `always`: the path matters whatever it looks like, if it can be read. */
static bool begin(struct call *call, int dirfd, const char *path, int always)
{
	return !(always && scan_path(path) == SCAN_BAD) && call_begin(call, dirfd, path);
}

/* How a call ends, and what it gives, depends on what it returns: a number or a pointer. */
static inline void end_pointer(struct call *call, void *result)
{
	call_end(call, result ? 0 : -1);
}

static inline void *no_pointer(const struct call *call)
{
	(void)call_result(call);
	return NULL;
}

#define END(call, result)                                                                \
	_Generic((result), FILE *: call_end_stream, int: call_end, ssize_t: call_end,          \
		 char *: end_pointer, void *: end_pointer)(call, result)

#define RESULT(call, result)                                                             \
	_Generic((result), FILE *: call_result_stream, int: call_result,                      \
		 ssize_t: call_result, char *: no_pointer, void *: no_pointer)(call)

/* What does not concern us jumps on at once; `otherwise` looks closer. */
#define SCANNED(type, name, parameters, arguments, watched, otherwise)                   \
	EXPORT(type, name, parameters)                                                   \
	{                                                                                \
		if (likely(!(watched)))                                                  \
			return REAL(name) arguments;                                     \
		return otherwise;                                                        \
	}

/* The three steps.  `always`: the path matters whatever it looks like. */
#define WATCHED_PATH(type, operation_, name, parameters, arguments, dirfd, path,         \
		     detail_, option_, always)                                           \
	FIRST(type, name, parameters, arguments)                                         \
	WATCHED(type, name, parameters)                                                  \
	{                                                                                \
		struct call call;                                                        \
		type result = 0;                                                         \
                                                                                         \
		call.operation = CALL_##operation_;                                      \
		call.detail = (intptr_t)(detail_);                                       \
		call.option = (int)(option_);                                            \
		if (!begin(&call, dirfd, path, always))                                  \
			return REAL(name) arguments;                                     \
		(path) = call.path;                                                      \
		if (call.decision == CALL_DONE)                                          \
			result = (type)RESULT(&call, result);                            \
		else                                                                     \
			result = REAL(name) arguments;                                   \
		END(&call, result);                                                      \
		return result;                                                           \
	}

#define HOOK_tree(type, failure, operation, name, parameters, arguments, dirfd, path,    \
		  detail, option, always)                                                \
	WATCHED_PATH(type, operation, name, parameters, arguments, dirfd, path, detail,  \
		     option, always)                                                     \
	SCANNED(type, name, parameters, arguments,                                       \
		WATCHES(CHANGES_OR_LOOKS(operation)) && ((always) || is_wanted(path)),   \
		watched_##name arguments)

#define HOOK_path(type, failure, operation, name, parameters, arguments, dirfd, path,    \
		  detail, option)                                                        \
	HOOK_tree(type, failure, operation, name, parameters, arguments, dirfd, path,    \
		  detail, option, 0)

#define HOOK_open(type, failure, operation, name, parameters, arguments, dirfd, path,    \
		  flags, mode)                                                           \
	WATCHED_PATH(type, operation, name, parameters, arguments, dirfd, path, flags,   \
		     mode, 0)                                                            \
	SCANNED(type, name, parameters, arguments,                                       \
		WATCHES(OPENS(flags)) && is_wanted(path), watched_##name arguments)

/* A descriptor of a file in place may be open for reading, and change it all the same. */
#define HOOK_behind(type, failure, operation_, name, parameters, arguments, fd, option_) \
	FIRST(type, name, parameters, arguments)                                         \
	WATCHED(type, name, parameters)                                                  \
	{                                                                                \
		struct call call;                                                        \
		type result;                                                             \
                                                                                         \
		call.operation = CALL_##operation_;                                      \
		call.option = (int)(option_);                                            \
		if (!call_begin_behind(&call, &(fd)))                                    \
			return REAL(name) arguments;                                     \
		if (call.decision == CALL_DONE)                                          \
			return (type)call_result(&call);                                 \
		result = REAL(name) arguments;                                           \
		call_end_behind(&call, fd);                                              \
		return result;                                                           \
	}                                                                                \
	SCANNED(type, name, parameters, arguments,                                       \
		call_watch_all &&descriptor_is_known(fd), watched_##name arguments)

/* Gives a path back, which must not be one in the shadow. */
#define HOOK_link(type, failure, operation, name, parameters, arguments, dirfd, path)    \
	WATCHED_PATH(type, operation, name, parameters, arguments, dirfd, path, 0, 0,    \
		     call_watch_all)                                                     \
	SCANNED(type, name, parameters, arguments,                                       \
		WATCHES(PROCESS_WATCHES_LOOKS) && (call_watch_all || is_wanted(path)),   \
		directory_strip_link(dirfd, path, buffer, bytes,                         \
				     watched_##name arguments))

#define HOOK_real(type, failure, operation, name, parameters, arguments, path)           \
	WATCHED_PATH(type, operation, name, parameters, arguments, AT_FDCWD, path, 0, 0, \
		     0)                                                                  \
	SCANNED(type, name, parameters, arguments,                                       \
		WATCHES(PROCESS_WATCHES_LOOKS) && is_wanted(path),                       \
		directory_strip(watched_##name arguments))

#define HOOK_chdir(type, failure, operation, name, parameters, arguments, dirfd, path)   \
	WATCHED_PATH(type, operation, name, parameters, arguments, dirfd, path, 0, 0, 1) \
	SCANNED(type, name, parameters, arguments, call_watch_all,                       \
		directory_moved(watched_##name arguments))

#define HOOK_pair(type, failure, operation_, name, parameters, arguments, dirfd, path,   \
		  to_dirfd, to, detail_)                                                 \
	FIRST(type, name, parameters, arguments)                                         \
	WATCHED(type, name, parameters)                                                  \
	{                                                                                \
		struct call_pair pair;                                                   \
		type result;                                                             \
                                                                                         \
		pair.from.operation = pair.to.operation = CALL_##operation_;             \
		pair.from.detail = (intptr_t)(detail_);                                  \
		if (!call_begin_pair(&pair, dirfd, path, to_dirfd, to))                  \
			return REAL(name) arguments;                                     \
		(path) = pair.from.path;                                                 \
		(to) = pair.to.path;                                                     \
		if (pair.from.decision == CALL_DONE)                                     \
			result = (type)call_result(&pair.from);                          \
		else                                                                     \
			result = REAL(name) arguments;                                   \
		call_end_pair(&pair, result);                                            \
		return result;                                                           \
	}                                                                                \
	SCANNED(type, name, parameters, arguments,                                       \
		WATCHES(PROCESS_WATCHES_CHANGES) && is_pair_wanted(path, to),            \
		watched_##name arguments)

/* The three steps for a descriptor. */
#define WATCHED_FD(type, failure, operation, name, parameters, arguments, fd, detail,    \
		   wanted)                                                               \
	FIRST(type, name, parameters, arguments)                                         \
	WATCHED(type, name, parameters)                                                  \
	{                                                                                \
		struct call_fd call;                                                     \
		type result;                                                             \
                                                                                         \
		if (!call_begin_fd(&call, CALL_##operation, fd))                         \
			return REAL(name) arguments;                                     \
		if (call.answered) {                                                     \
			if (!call.error)                                                 \
				return (type)0;                                          \
			errno = call.error;                                              \
			return failure;                                                  \
		}                                                                        \
		result = REAL(name) arguments;                                           \
		call_end_fd(&call, CALL_##operation, (intptr_t)(detail), wanted,         \
			    (long)result);                                               \
		return result;                                                           \
	}

#define FILTERED_FD(type, failure, operation, name, parameters, arguments, fd, detail,   \
		    wanted, is_watched)                                                  \
	WATCHED_FD(type, failure, operation, name, parameters, arguments, fd, detail,    \
		   wanted)                                                               \
	SCANNED(type, name, parameters, arguments, is_watched(fd),                       \
		watched_##name arguments)

#define HOOK_fd(type, failure, operation, name, parameters, arguments, fd, detail)       \
	FILTERED_FD(type, failure, operation, name, parameters, arguments, fd, detail,   \
		    0, descriptor_is_known)

#define HOOK_look(type, failure, operation, name, parameters, arguments, fd, status)     \
	FILTERED_FD(type, failure, operation, name, parameters, arguments, fd, status,   \
		    0, descriptor_is_looked_at)

#define HOOK_read(type, failure, operation, name, parameters, arguments, fd, buffer,     \
		  bytes)                                                                 \
	FILTERED_FD(type, failure, operation, name, parameters, arguments, fd, buffer,   \
		    bytes, descriptor_is_read)

#define HOOK_write(type, failure, operation, name, parameters, arguments, fd, bytes)     \
	FILTERED_FD(type, failure, operation, name, parameters, arguments, fd, 0, bytes, \
		    descriptor_is_known)

/* What a command needs no argument for gets whatever the register holds. */
#define HOOK_fcntl(type, failure, operation, name, parameters, arguments, fd, detail)    \
	HOOK_fd(type, failure, operation, name, parameters, arguments, fd, detail)

/* The descriptor that is replaced matters, and the one that is copied. */
#define HOOK_copy(type, failure, operation, name, parameters, arguments, fd, to)         \
	FIRST(type, name, parameters, arguments)                                         \
	WATCHED(type, name, parameters)                                                  \
	{                                                                                \
		struct call_fd call;                                                     \
		type result;                                                             \
                                                                                         \
		if (!call_begin_copy(&call, fd, to))                                     \
			return REAL(name) arguments;                                     \
		if (call.answered) {                                                     \
			errno = call.error;                                              \
			return failure;                                                  \
		}                                                                        \
		result = REAL(name) arguments;                                           \
		call_end_copy(&call, fd, result);                                        \
		return result;                                                           \
	}                                                                                \
	SCANNED(type, name, parameters, arguments,                                       \
		descriptor_is_known(to) || descriptor_is_known(fd),                      \
		watched_##name arguments)

/* The descriptor of a stream, -1 for memory and the like; errno stays. */
static inline int stream_descriptor(FILE *stream)
{
	int host_error = errno, fd = fileno(stream);

	if (unlikely(fd < 0))
		errno = host_error;
	return fd;
}

#define HOOK_file(type, failure, operation, name, parameters, arguments, stream)         \
	WATCHED_FD(type, failure, operation, name, parameters, arguments,                \
		   stream_descriptor(stream), 0, 0)                                      \
	SCANNED(type, name, parameters, arguments,                                       \
		WATCHES(PROCESS_WATCHES_ALL) && (stream) &&                              \
			descriptor_is_known(stream_descriptor(stream)),                  \
		watched_##name arguments)

/* What redirect does in another way, when there is a shadow to be seen. */
#define HOOK_instead(type, failure, operation, name, parameters, arguments, when, call)  \
	FIRST(type, name, parameters, arguments)                                         \
	SCANNED(type, name, parameters, arguments, when, call)

#define HOOK_range(type, failure, operation, name, parameters, arguments, first, last,   \
		   flags)                                                                \
	FIRST(type, name, parameters, arguments)                                         \
	SCANNED(type, name, parameters, arguments,                                       \
		call_range_matters((unsigned)(first), last),                             \
		(type)call_close_range((unsigned)(first), last, flags))

/*
 * Depends on who calls it (dlopen searches by its caller's RUNPATH): nothing but a jump,
 * to which no more is done than that the path may be another one.
 */
#define HOOK_caller(type, failure, operation, name, parameters, arguments, path)         \
	FIRST(type, name, parameters, arguments)                                         \
	EXPORT(type, name, parameters)                                                   \
	{                                                                                \
		if (WATCHES(PROCESS_WATCHES_LOADS))                                      \
			path = call_loads(path);                                         \
		return REAL(name) arguments;                                             \
	}

/* NOLINTEND(bugprone-macro-parentheses) */

/* How temporary_make() makes a file or a directory: as the program would. */
static int make_file(const char *path, int flags);
static int make_directory(const char *path, int flags);

#define HOOK(kind, ...) HOOK_##kind(__VA_ARGS__)
#include "hooks.def"
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

struct real real = {
#define HOOK(kind, type, failure, operation, name, ...)                                  \
	.name = (__typeof__(real.name))first_##name,
#include "hooks.def"
#undef HOOK
};

__attribute__((constructor)) static void start(void)
{
	process_start();
}

__attribute__((destructor)) static void stop(void)
{
	if (bracket_waits())
		call_passes();
}
