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
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>

#include "attributes.h"
#include "call.h"
#include "descriptor.h"
#include "process.h"
#include "real.h"
#include "scan.h"

/* The exported symbol `name` is the C function hook_name. */
#define EXPORT(type, name, parameters)                                                        \
	__attribute__((visibility("default"))) type hook_##name parameters __asm__(#name);    \
	__attribute__((visibility("default"))) type hook_##name parameters

/*
 * At first `real` points to these, which find what it shall point to: so the wrappers
 * need not ask whether it is known.
 */
#define FIRST(type, name, parameters, arguments, fetch)                                       \
	static __attribute__((cold)) type first_##name parameters                             \
	{                                                                                     \
		fetch real_find(REAL_##name);                                                 \
		return real.name arguments;                                                   \
	}

/*
 * What is watched is handled in a function of its own: with no local variable in the
 * wrapper, the compiler lets it jump to the real function.
 */
#define WATCHED(type, name, parameters)                                                       \
	static __attribute__((noinline, cold)) type watched_##name parameters

/* Fetch what open() has as a third argument exactly when its flags say so. */
#define NEEDS_MODE(flags) ((flags)&O_CREAT || ((flags)&O_TMPFILE) == O_TMPFILE)

/* How a call ends depends on what it returns: a number or a stream. */
static inline void end_stream(struct call *call, FILE *stream)
{
	call_end_stream(call, stream);
}

static inline void end_directory(struct call *call, DIR *stream)
{
	call_end(call, stream ? 0 : -1);
}

static inline void end_number(struct call *call, int result)
{
	call_end(call, result);
}

#define END(call, result)                                                                     \
	_Generic((result), FILE *: end_stream, DIR *: end_directory, int: end_number)(        \
		call, result)

/* Refuse, or make the real call. */
#define PERFORM(call, result, failure, name, arguments)                                       \
	do {                                                                                  \
		if ((call).error) {                                                           \
			errno = (call).error;                                                 \
			(result) = failure;                                                   \
		} else {                                                                      \
			(result) = real.name arguments;                                      \
		}                                                                             \
	} while (0)

#define BODY_path(type, failure, operation, name, arguments, dirfd, path, detail)             \
	struct call call;                                                                     \
	type result;                                                                          \
                                                                                              \
	if (!call_begin(&call, CALL_##operation, dirfd, path, (intptr_t)(detail)))            \
		return real.name arguments;                                                  \
	PERFORM(call, result, failure, name, arguments);                                      \
	END(&call, result);                                                                   \
	return result

#define HOOK_path(type, failure, operation, name, parameters, arguments, dirfd, path, detail) \
	FIRST(type, name, parameters, arguments, )                                            \
	WATCHED(type, name, parameters)                                                       \
	{                                                                                     \
		BODY_path(type, failure, operation, name, arguments, dirfd, path, detail);    \
	}                                                                                     \
	EXPORT(type, name, parameters)                                                        \
	{                                                                                     \
		if (unlikely(scan_path(path)))                                                \
			return watched_##name arguments;                                      \
		return real.name arguments;                                                  \
	}

#define FETCH_MODE(flags)                                                                     \
	unsigned mode = 0;                                                                    \
	va_list list;                                                                         \
                                                                                              \
	if (NEEDS_MODE(flags)) {                                                              \
		va_start(list, flags);                                                        \
		mode = va_arg(list, unsigned);                                                \
		va_end(list);                                                                 \
	}

#define HOOK_open(type, failure, operation, name, parameters, arguments, dirfd, path, flags)  \
	FIRST(type, name, parameters, arguments, FETCH_MODE(flags))                           \
	WATCHED(type, name, parameters)                                                       \
	{                                                                                     \
		FETCH_MODE(flags)                                                             \
		BODY_path(type, failure, operation, name, arguments, dirfd, path, flags);     \
	}                                                                                     \
	EXPORT(type, name, parameters)                                                        \
	{                                                                                     \
		FETCH_MODE(flags)                                                             \
		if (unlikely(scan_path(path)))                                                \
			return watched_##name arguments;                                      \
		return real.name arguments;                                                  \
	}

#define HOOK_pair(type, failure, operation, name, parameters, arguments, dirfd, path,         \
		  to_dirfd, to, detail)                                                       \
	FIRST(type, name, parameters, arguments, )                                            \
	WATCHED(type, name, parameters)                                                       \
	{                                                                                     \
		struct call_pair pair;                                                        \
		type result;                                                                  \
                                                                                              \
		if (!call_begin_pair(&pair, dirfd, path, to_dirfd, to))                       \
			return real.name arguments;                                          \
		PERFORM(pair.from, result, failure, name, arguments);                         \
		call_end_pair(&pair, result);                                                 \
		return result;                                                                \
	}                                                                                     \
	EXPORT(type, name, parameters)                                                        \
	{                                                                                     \
		if (unlikely(scan_paths(path, to)))                                           \
			return watched_##name arguments;                                      \
		return real.name arguments;                                                  \
	}

#define BODY_fd(type, failure, operation, name, arguments, fd, detail, number)                \
	struct call_fd call;                                                                  \
	type result;                                                                          \
                                                                                              \
	if (!call_begin_fd(&call, CALL_##operation, fd))                                      \
		return real.name arguments;                                                  \
	PERFORM(call, result, failure, name, arguments);                                      \
	call_end_fd(&call, CALL_##operation, (intptr_t)(detail), number);                     \
	return result

#define HOOK_fd(type, failure, operation, name, parameters, arguments, fd, detail)            \
	FIRST(type, name, parameters, arguments, )                                            \
	WATCHED(type, name, parameters)                                                       \
	{                                                                                     \
		BODY_fd(type, failure, operation, name, arguments, fd, detail, (long)result); \
	}                                                                                     \
	EXPORT(type, name, parameters)                                                        \
	{                                                                                     \
		if (unlikely(descriptor_is_known(fd)))                                        \
			return watched_##name arguments;                                      \
		return real.name arguments;                                                  \
	}

/* The argument of fcntl is a number or a pointer: as wide as either, read or not. */
#define FETCH_ARGUMENT(last)                                                                  \
	void *argument;                                                                       \
	va_list list;                                                                         \
                                                                                              \
	va_start(list, last);                                                                 \
	argument = va_arg(list, void *);                                                      \
	va_end(list);

#define HOOK_fcntl(type, failure, operation, name, parameters, arguments, fd, detail)         \
	FIRST(type, name, parameters, arguments, FETCH_ARGUMENT(command))                     \
	WATCHED(type, name, parameters)                                                       \
	{                                                                                     \
		FETCH_ARGUMENT(command)                                                       \
		BODY_fd(type, failure, operation, name, arguments, fd, detail, result);       \
	}                                                                                     \
	EXPORT(type, name, parameters)                                                        \
	{                                                                                     \
		FETCH_ARGUMENT(command)                                                       \
		if (unlikely(descriptor_is_known(fd)))                                        \
			return watched_##name arguments;                                      \
		return real.name arguments;                                                  \
	}

#define HOOK_file(type, failure, operation, name, parameters, arguments, stream)              \
	FIRST(type, name, parameters, arguments, )                                            \
	WATCHED(type, name, parameters)                                                       \
	{                                                                                     \
		BODY_fd(type, failure, operation, name, arguments, fileno(stream), 0, result); \
	}                                                                                     \
	EXPORT(type, name, parameters)                                                        \
	{                                                                                     \
		if (unlikely((stream) && descriptor_is_known(fileno(stream))))                \
			return watched_##name arguments;                                      \
		return real.name arguments;                                                  \
	}

#define HOOK_dir(type, failure, operation, name, parameters, arguments, stream)               \
	FIRST(type, name, parameters, arguments, )                                            \
	EXPORT(type, name, parameters)                                                        \
	{                                                                                     \
		return real.name arguments;                                                  \
	}

#define HOOK_range(type, failure, operation, name, parameters, arguments, first, last, flags) \
	FIRST(type, name, parameters, arguments, )                                            \
	EXPORT(type, name, parameters)                                                        \
	{                                                                                     \
		if (likely(!call_range_matters((unsigned)(first), last)))                     \
			return real.name arguments;                                          \
		return (type)call_close_range((unsigned)(first), last, flags);                \
	}

#define HOOK(kind, ...) HOOK_##kind(__VA_ARGS__)
#include "hooks.def"
#undef HOOK

struct real real = {
#define HOOK(kind, type, failure, operation, name, ...) .name = first_##name,
#include "hooks.def"
#undef HOOK
};

__attribute__((constructor)) static void start(void)
{
	process_start();
}
