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
 * The exported symbol `name` is the C function hook_name.  On a cache line of its own: it
 * is what costs most between two system calls, and the fewer lines it takes the better.
 */
#define EXPORT(type, name, parameters)                                                   \
	__attribute__((visibility("default"), aligned(64)))                              \
	type hook_##name parameters __asm__(#name);                                      \
	__attribute__((visibility("default"))) type hook_##name parameters

/*
 * At first `real` points to these, which find what it shall point to: so the wrappers
 * need not ask whether it is known.
 */
#define FIRST(type, name, parameters, arguments)                                         \
	static __attribute__((cold)) type first_##name parameters                        \
	{                                                                                \
		real_find(REAL_##name);                                                  \
		return REAL(name) arguments;                                             \
	}

/*
 * What is watched is handled in a function of its own: with no local variable in the
 * wrapper, the compiler lets it jump to the real function.
 */
#define WATCHED(type, name, parameters)                                                  \
	static __attribute__((noinline, cold)) type watched_##name parameters

/* open() has a third argument exactly when its flags say so. */
#define NEEDS_MODE(flags) ((flags)&O_CREAT || ((flags)&O_TMPFILE) == O_TMPFILE)

static inline bool begin(struct call *call, int dirfd, const char *path, int always)
{
	if (scan_wants(path, always))
		return call_begin(call, dirfd, path);
	if (bracket_waits())
		call_passes();
	return false;
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
#define SCANNED(type, name, parameters, arguments, plain, otherwise)                     \
	EXPORT(type, name, parameters)                                                   \
	{                                                                                \
		if (likely(plain))                                                       \
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
	SCANNED(type, name, parameters, arguments, !(always) && scan_is_plain(path),     \
		watched_##name arguments)

#define HOOK_path(type, failure, operation, name, parameters, arguments, dirfd, path,    \
		  detail, option)                                                        \
	HOOK_tree(type, failure, operation, name, parameters, arguments, dirfd, path,    \
		  detail, option, 0)

/* What is in a row's parentheses, for more to stand before it. */
#define UNPACK(...) __VA_ARGS__

/*
 * A look by the path alone, as an import takes at each source: what is no more than that
 * needs no struct call, and leaves the program's stack in the processor's caches.
 */
#define HOOK_seen(type, failure, operation, name, parameters, arguments, dirfd, path,    \
		  status, option)                                                        \
	WATCHED_PATH(type, operation, name, parameters, arguments, dirfd, path, status,  \
		     option, 0)                                                          \
	static __attribute__((noinline))                                                 \
	type seen_##name(size_t length, UNPACK parameters)                               \
	{                                                                                \
		struct thread_mark mark;                                                 \
		uint64_t key;                                                            \
		type result;                                                             \
                                                                                         \
		if (!call_sees_source(&mark, path, length, &key))                        \
			return watched_##name arguments;                                 \
		result = REAL(name) arguments;                                           \
		call_saw_source(&mark, key, result == 0 ? (status) : NULL);              \
		return result;                                                           \
	}                                                                                \
	EXPORT(type, name, parameters)                                                   \
	{                                                                                \
		long length = scan_at_once(path);                                        \
                                                                                         \
		if (likely(length == SCAN_PLAIN))                                        \
			return REAL(name) arguments;                                     \
		return length > 0 ? seen_##name((size_t)length, UNPACK arguments)        \
				  : watched_##name arguments;                            \
	}

#define HOOK_open(type, failure, operation, name, parameters, arguments, dirfd, path,    \
		  flags)                                                                 \
	HOOK_path(type, failure, operation, name, parameters, arguments, dirfd, path,    \
		  flags, NEEDS_MODE(flags) ? mode : 0)

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
	SCANNED(type, name, parameters, arguments, !call_watch_all,                      \
		watched_##name arguments)

/* Gives a path back, which must not be one in the shadow. */
#define HOOK_link(type, failure, operation, name, parameters, arguments, dirfd, path)    \
	WATCHED_PATH(type, operation, name, parameters, arguments, dirfd, path, 0, 0,    \
		     call_watch_all)                                                     \
	SCANNED(type, name, parameters, arguments,                                       \
		!call_watch_all && scan_is_plain(path),                                  \
		directory_strip_link(dirfd, path, buffer, bytes,                         \
				     watched_##name arguments))

#define HOOK_real(type, failure, operation, name, parameters, arguments, path)           \
	WATCHED_PATH(type, operation, name, parameters, arguments, AT_FDCWD, path, 0, 0, \
		     0)                                                                  \
	SCANNED(type, name, parameters, arguments, scan_is_plain(path),                  \
		directory_strip(watched_##name arguments))

#define HOOK_chdir(type, failure, operation, name, parameters, arguments, dirfd, path)   \
	WATCHED_PATH(type, operation, name, parameters, arguments, dirfd, path, 0, 0, 1) \
	SCANNED(type, name, parameters, arguments, !call_watch_all,                      \
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
	SCANNED(type, name, parameters, arguments, !scan_wants_pair(path, to),           \
		watched_##name arguments)

/* The three steps for a descriptor.  `refused`: another one that it takes is ours. */
#define WATCHED_FD(type, failure, operation, name, parameters, arguments, fd, detail,    \
		   wanted, refused)                                                      \
	FIRST(type, name, parameters, arguments)                                         \
	WATCHED(type, name, parameters)                                                  \
	{                                                                                \
		struct call_fd call;                                                     \
		type result;                                                             \
                                                                                         \
		if (refused) {                                                           \
			errno = EBADF;                                                   \
			return failure;                                                  \
		}                                                                        \
		if (!call_begin_fd(&call, CALL_##operation, fd))                         \
			return REAL(name) arguments;                                     \
		if (call.error) {                                                        \
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
		   wanted, 0)                                                            \
	SCANNED(type, name, parameters, arguments, !is_watched(fd),                      \
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

/* The descriptor that is replaced matters, and that nobody can copy one of ours. */
#define HOOK_copy(type, failure, operation, name, parameters, arguments, fd, to)         \
	WATCHED_FD(type, failure, operation, name, parameters, arguments, to, fd, 0,     \
		   call_refuses_copy(fd))                                                \
	SCANNED(type, name, parameters, arguments,                                       \
		!descriptor_is_known(to) && !descriptor_is_known(fd),                    \
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
		   stream_descriptor(stream), 0, 0, 0)                                   \
	SCANNED(type, name, parameters, arguments,                                       \
		!(stream) || !descriptor_is_known(stream_descriptor(stream)),            \
		watched_##name arguments)

/* What redirect does in another way, when there is a shadow to be seen. */
#define HOOK_instead(type, failure, operation, name, parameters, arguments, when, call)  \
	FIRST(type, name, parameters, arguments)                                         \
	SCANNED(type, name, parameters, arguments, !(when), call)

#define HOOK_range(type, failure, operation, name, parameters, arguments, first, last,   \
		   flags)                                                                \
	FIRST(type, name, parameters, arguments)                                         \
	SCANNED(type, name, parameters, arguments,                                       \
		!call_range_matters((unsigned)(first), last),                            \
		(type)call_close_range((unsigned)(first), last, flags))

/*
 * What has become of memory is told when it has: while a call that takes some away is under
 * way, another thread may be reading there.
 */
#define AFTERWARDS(type, name, parameters, arguments, tell)                              \
	FIRST(type, name, parameters, arguments)                                         \
	EXPORT(type, name, parameters)                                                   \
	{                                                                                \
		type result = REAL(name) arguments;                                      \
                                                                                         \
		tell;                                                                    \
		return result;                                                           \
	}

#define HOOK_map(type, failure, operation, name, parameters, arguments, bytes,           \
		 protection, flags)                                                      \
	AFTERWARDS(type, name, parameters, arguments,                                    \
		   scan_mapped((uintptr_t)result, bytes, protection, flags))

#define HOOK_unmap(type, failure, operation, name, parameters, arguments, address,       \
		   bytes)                                                                \
	AFTERWARDS(type, name, parameters, arguments,                                    \
		   scan_forget((uintptr_t)(address), bytes))

/* What is moved may come over what could be read, and be closed to reading itself. */
#define HOOK_remap(type, failure, operation, name, parameters, arguments, address,       \
		   bytes, new_bytes)                                                     \
	AFTERWARDS(type, name, parameters, arguments, {                                  \
		scan_forget((uintptr_t)(address), bytes);                                \
		if (result != (failure))                                                 \
			scan_forget((uintptr_t)result, new_bytes);                       \
	})

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
