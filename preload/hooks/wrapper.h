/* SPDX-License-Identifier: MIT */
/*
 * The parts of a wrapper: macros that hooks.c puts together for each kind of row.
 *
 * The C names differ from the exported ones, so that no header's declaration (and its
 * `nonnull`, from which a compiler would delete our checks) applies here.
 */
#ifndef PYCSHIM_WRAPPER_H
#define PYCSHIM_WRAPPER_H

#include "attributes.h"
#include "hooks/real.h"

/* NOLINTBEGIN(bugprone-macro-parentheses): parameters and arguments are in parentheses. */

/*
 * A variadic parameter of libc is an ordinary one here: the ABIs that sys.h knows pass an
 * integer that may be missing like any other, so handing on its register costs nothing.
 * Calls through `real` are variadic, as libc expects.
 */
#undef HOOK_MODE
#undef HOOK_ARGUMENT
#define HOOK_MODE unsigned mode
#define HOOK_ARGUMENT void *argument

/*
 * The exported symbol `name` is the C function hook_name.  Align each wrapper to 64 bytes: an
 * instruction-cache miss dominates its cost.  In a build with a sanitizer this file is not
 * instrumented: the sanitizer's run-time calls us before it is ready itself.
 */
#define EXPORT(type, name, parameters)                                                   \
	__attribute__((visibility("default"), aligned(64)))                              \
	type hook_##name parameters __asm__(#name);                                      \
	__attribute__((visibility("default"))) type hook_##name parameters

/*
 * At first each pointer in `real` leads to one of these, which finds the real function and
 * puts it there: so a wrapper need not ask whether it is known.
 */
#define FIRST(type, name, parameters, arguments)                                         \
	static __attribute__((cold)) type first_##name parameters                        \
	{                                                                                \
		real_find(REAL_##name);                                                  \
		return REAL(name) arguments;                                             \
	}

/*
 * The wrapper itself has no local variable, so that the compiler lets it jump to the real
 * function, which then needs no more stack than without us and sees its true caller.  What a
 * watched call needs is in a function of its own.
 */
#define WATCHED(type, name, parameters)                                                  \
	static __attribute__((noinline, cold)) type watched_##name parameters

/* Jump to the real function, or do something else when the call matters. */
#define WRAPPER(type, name, parameters, arguments, matters, otherwise)                   \
	EXPORT(type, name, parameters)                                                   \
	{                                                                                \
		if (likely(!(matters)))                                                  \
			return REAL(name) arguments;                                     \
		return otherwise;                                                        \
	}

/* NOLINTEND(bugprone-macro-parentheses) */

#endif
