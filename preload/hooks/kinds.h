/* SPDX-License-Identifier: MIT */
/*
 * How a row of each kind becomes a wrapper: the macros HOOK_kind, which hooks.def calls.
 * Included by hooks.c alone, which has what they use.
 */
#ifndef PYCSHIM_KINDS_H
#define PYCSHIM_KINDS_H

#include "hooks/twice.h"
#include "hooks/wrapper.h"

/* NOLINTBEGIN(bugprone-macro-parentheses): parameters and arguments are in parentheses. */

#define BARE(...) __VA_ARGS__

#define WATCHED_PATH(type, operation, name, parameters, arguments, dirfd, path, detail,  \
		     option)                                                             \
	FIRST(type, name, parameters, arguments)                                         \
	WATCHED(type, name, parameters)                                                  \
	{                                                                                \
		struct call call;                                                        \
		type result = 0;                                                         \
                                                                                         \
		if (!begin(&call, CALL_##operation, dirfd, path, (intptr_t)(detail),     \
			   (int)(option)))                                               \
			return REAL(name) arguments;                                     \
		(path) = call.path;                                                      \
		if (call.decision == CALL_DONE)                                          \
			result = (type)RESULT(&call, result);                            \
		else                                                                     \
			result = REAL(name) arguments;                                   \
		END(&call, result);                                                      \
		return result;                                                           \
	}

#define HOOK_path(type, failure, operation, name, parameters, arguments, dirfd, path,    \
		  detail, option)                                                        \
	WATCHED_PATH(type, operation, name, parameters, arguments, dirfd, path, detail,  \
		     option)                                                             \
	WRAPPER(type, name, parameters, arguments,                                       \
		PATH_MATTERS(operation, dirfd, path, detail, option),                    \
		watched_##name arguments)

/*
 * A mode that changes no call makes the real one before it looks at the paths: the kernel
 * then has read them, and we need not ask whether they can be read.  The kind has defined
 * traced_name, for a call that was made already, and watched_name, for one still to be made.
 * `after` is the function that looks at the paths when the call was made.
 */
#define REAL_FIRST(type, name, parameters, arguments, watches, wanted, after, paths)     \
	static __attribute__((noinline, cold)) type first_made_##name parameters         \
	{                                                                                \
		uint64_t begin_ns = sys_time_ns();                                       \
		type result = REAL(name) arguments;                                      \
                                                                                         \
		if (likely(!after(!FAILED(result), BARE paths)))                         \
			return result;                                                   \
		return traced_##name(result, begin_ns, BARE arguments);                  \
	}                                                                                \
	static __attribute__((noinline)) type either_##name parameters                   \
	{                                                                                \
		if (call_only_traces())                                                  \
			return first_made_##name arguments;                              \
		if (likely(!(wanted)))                                                   \
			return REAL(name) arguments;                                     \
		return watched_##name arguments;                                         \
	}                                                                                \
	WRAPPER(type, name, parameters, arguments, watches, either_##name arguments)

#define HOOK_open(type, failure, operation, name, parameters, arguments, dirfd, path,    \
		  detail, option)                                                        \
	WATCHED_PATH(type, operation, name, parameters, arguments, dirfd, path, detail,  \
		     option)                                                             \
	static __attribute__((noinline, cold))                                           \
	type traced_##name(type result, uint64_t begin_ns, BARE parameters)              \
	{                                                                                \
		struct call call;                                                        \
                                                                                         \
		if (!begin(&call, CALL_##operation, dirfd, path, (intptr_t)(detail),     \
			   (int)(option)))                                               \
			return result;                                                   \
		call.begin_ns = begin_ns;                                                \
		END(&call, result);                                                      \
		return result;                                                           \
	}                                                                                \
	REAL_FIRST(type, name, parameters, arguments,                                    \
		   watches_operation(CALL_##operation, (intptr_t)(detail)),              \
		   PATH_MATTERS(operation, dirfd, path, detail, option),                 \
		   scan_is_wanted_after, (path))

/*
 * The real call is made before we look at the path, in each mode: that saves a system call
 * for each of the many files that an import asks for.  It is made again only if it shall
 * be on another path.
 */
#define HOOK_stat(type, failure, operation, name, parameters, arguments, path, buffer)   \
	FIRST(type, name, parameters, arguments)                                         \
	static __attribute__((noinline, cold))                                           \
	type after_##name(type result, int host_error, BARE parameters)                  \
	{                                                                                \
		struct call call;                                                        \
                                                                                         \
		if (!begin(&call, CALL_stat, AT_FDCWD, path, (intptr_t)(buffer), 0))     \
			return result;                                                   \
		if (call.decision == CALL_DONE) {                                        \
			errno = host_error;                                              \
			result = (type)RESULT(&call, result);                            \
		} else if (call.path != (path)) {                                        \
			errno = host_error;                                              \
			(path) = call.path;                                              \
			result = REAL(name) arguments;                                   \
		}                                                                        \
		END(&call, result);                                                      \
		return result;                                                           \
	}                                                                                \
	WATCHED(type, name, parameters)                                                  \
	{                                                                                \
		int host_error = errno;                                                  \
		type result = REAL(name) arguments;                                      \
                                                                                         \
		if (likely(!scan_is_wanted_after(result == 0, path)))                    \
			return result;                                                   \
		return after_##name(result, host_error, BARE arguments);                 \
	}                                                                                \
	WRAPPER(type, name, parameters, arguments, watches_operation(CALL_stat, 0),      \
		watched_##name arguments)

#define HOOK_then(type, failure, operation, name, parameters, arguments, dirfd, path,    \
		  function)                                                              \
	WATCHED_PATH(type, operation, name, parameters, arguments, dirfd, path, 0, 0)    \
	WRAPPER(type, name, parameters, arguments,                                       \
		PATH_MATTERS(operation, dirfd, path, 0, 0),                              \
		function(watched_##name arguments))

/* The target of a link must not be a path in the shadow. */
#define HOOK_link(type, failure, operation, name, parameters, arguments, dirfd, path,    \
		  buffer, bytes)                                                         \
	WATCHED_PATH(type, operation, name, parameters, arguments, dirfd, path, 0, 0)    \
	WRAPPER(type, name, parameters, arguments,                                       \
		PATH_MATTERS(operation, dirfd, path, 0, 0),                              \
		directory_strip_link(dirfd, path, buffer, bytes,                         \
				     watched_##name arguments))

#define HOOK_pair(type, failure, operation, name, parameters, arguments, dirfd, path,    \
		  to_dirfd, to, flags)                                                   \
	FIRST(type, name, parameters, arguments)                                         \
	WATCHED(type, name, parameters)                                                  \
	{                                                                                \
		struct call_pair pair;                                                   \
		type result;                                                             \
                                                                                         \
		if (!begin_pair(&pair, CALL_##operation, (intptr_t)(flags), dirfd, path, \
				to_dirfd, to))                                           \
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
	static __attribute__((noinline, cold))                                           \
	type traced_##name(type result, uint64_t begin_ns, BARE parameters)              \
	{                                                                                \
		struct call_pair pair;                                                   \
                                                                                         \
		if (!begin_pair(&pair, CALL_##operation, (intptr_t)(flags), dirfd, path, \
				to_dirfd, to))                                           \
			return result;                                                   \
		pair.from.begin_ns = begin_ns;                                           \
		call_end_pair(&pair, result);                                            \
		return result;                                                           \
	}                                                                                \
	REAL_FIRST(type, name, parameters, arguments,                                    \
		   process_is_watching(PROCESS_WATCHES_CHANGES),                         \
		   is_pair_wanted(path, to), scan_wants_pair_after, (path, to))

/*
 * A descriptor of a file in place may be open for reading, and change it all the same.  Also
 * one that is not in our table: a copy, or one that the process was given.
 */
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
	WRAPPER(type, name, parameters, arguments, process_watches_trees(),              \
		watched_##name arguments)

/* fcntl: a command that needs no argument gets whatever the register holds. */
#define HOOK_fd(type, failure, operation, name, parameters, arguments, fd, detail,       \
		wanted)                                                                  \
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
	}                                                                                \
	WRAPPER(type, name, parameters, arguments, descriptor_is_known(fd),              \
		watched_##name arguments)

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
	WRAPPER(type, name, parameters, arguments,                                       \
		descriptor_is_known(to) || descriptor_is_known(fd),                      \
		watched_##name arguments)

#define HOOK_after(type, failure, operation, name, parameters, arguments, when,          \
		   when_arguments, function)                                             \
	FIRST(type, name, parameters, arguments)                                         \
	WRAPPER(type, name, parameters, arguments, when when_arguments,                  \
		function(REAL(name) arguments))

#define HOOK_instead(type, failure, operation, name, parameters, arguments, when,        \
		     when_arguments, function, function_arguments)                       \
	FIRST(type, name, parameters, arguments)                                         \
	WRAPPER(type, name, parameters, arguments, when when_arguments,                  \
		function function_arguments)

/*
 * The result depends on who calls (dlopen searches by its caller's RUNPATH): the wrapper must
 * be a jump, and no more is done than that the path may be another one.
 */
#define HOOK_caller(type, failure, operation, name, parameters, arguments, path)         \
	FIRST(type, name, parameters, arguments)                                         \
	EXPORT(type, name, parameters)                                                   \
	{                                                                                \
		if (process_is_watching(PROCESS_WATCHES_LOADS))                          \
			path = loaded_path(path);                                        \
		return REAL(name) arguments;                                             \
	}

#define HOOK_before(type, failure, operation, name, parameters, arguments, function_,    \
		    function_arguments)                                                  \
	FIRST(type, name, parameters, arguments)                                         \
	EXPORT(type, name, parameters)                                                   \
	{                                                                                \
		function_ function_arguments;                                            \
		return REAL(name) arguments;                                             \
	}

#define HOOK_twice(type, failure, operation, name, parameters, arguments, function)      \
	FIRST(type, name, parameters, arguments)                                         \
	void *before_##name(void) __attribute__((used, visibility("hidden")));           \
	void *before_##name(void)                                                        \
	{                                                                                \
		function();                                                              \
		if (REAL(name) == first_##name)                                          \
			real_find(REAL_##name);                                          \
		return (void *)REAL(name);                                               \
	}                                                                                \
	TWICE(name, before_##name);

/* NOLINTEND(bugprone-macro-parentheses) */

#endif
