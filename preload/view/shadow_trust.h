/* SPDX-License-Identifier: MIT */
/*
 * Which parts of the shadow tree may be used, and how they are reached.
 *
 * Bytecode is code, so a file is used only if this user or root owns it and nobody else can
 * write it.  A directory is used if the same is true, or if it is no more open than the one
 * that it mirrors: who can write that one can change the sources anyway.  No directory is
 * reached through a symbolic link.
 *
 * What was found to be usable is remembered (known.h): nobody else can change it.
 *
 * `rel` is as in shadow.h.  Functions that return int return 0 or -errno, unless they say
 * otherwise.  Called by view/.  Any thread, any context; raw system calls only.
 */
#ifndef PYCSHIM_SHADOW_TRUST_H
#define PYCSHIM_SHADOW_TRUST_H

#include <stdbool.h>
#include <sys/stat.h>

#include "attributes.h"

/*
 * How the kernel is told where something is in the shadow: a directory, and a name below it.
 * Usually that is the root, and the name has several components.  But in the mirror of
 * another user's directory that user could exchange a component for a link to elsewhere.
 * There `fd` is opened without following links (beneath.h), and the name is one component.
 */
struct shadow_spot {
	int fd;
	const char *name;
	bool opened; /* `fd` is not the root's, and shadow_leave() closes it */
};

/*
 * Finds the spot of `rel`, if the directories above it may be used.  Fails as
 * shadow_check_above() does, and with -EBADF if there is no root.  After success the caller
 * ends with shadow_leave().
 */
int shadow_reach(const char *rel, struct shadow_spot *spot) MUST_CHECK NONNULL;
void shadow_leave(const struct shadow_spot *spot) NONNULL;

/*
 * Evaluates `action`, which uses the variable `spot`, at the spot of `rel`.  Gives the
 * action's result, or the error of shadow_reach().
 */
/* NOLINTBEGIN(bugprone-macro-parentheses): the name of a variable takes no parentheses. */
#define SHADOW_AT(rel, spot, action)                                                     \
	({                                                                               \
		struct shadow_spot spot;                                                 \
		long at_##spot = shadow_reach(rel, &spot);                               \
		if (at_##spot == 0) {                                                    \
			at_##spot = (action);                                            \
			shadow_leave(&spot);                                             \
		}                                                                        \
		(int)at_##spot;                                                          \
	})
/* NOLINTEND(bugprone-macro-parentheses) */

/*
 * A program expects open() to return the lowest free number, but here that may be the
 * spot's directory.  Moves `fd`, opened in it, to that number; returns the new descriptor.
 */
int shadow_take_number(struct shadow_spot *spot, int fd) MUST_CHECK NONNULL;

/*
 * After -EPERM for `rel`: returns -ENOENT if there is nothing at all, which is no reason to
 * complain, and otherwise -EPERM.
 */
int shadow_why_refused(const char *rel) NONNULL COLD;

/*
 * May the directories above `rel` be used?  -ENOENT if one is missing, SHADOW_HIDDEN if one
 * is a whiteout, -EPERM if another user could have put something there.
 */
int shadow_check_above(const char *rel) MUST_CHECK NONNULL;

/*
 * Something with this status was found at `rel`, below directories that may be used.  May
 * it be used, too?  0 or -EPERM.
 */
int shadow_check(const char *rel, const struct stat *status) MUST_CHECK NONNULL;

/*
 * Remembers that the directory at `rel`, and those above it, may be used.  The caller has
 * found that out in this generation (known.h), and not through a symbolic link.
 */
void shadow_trust(const char *rel, const struct stat *status,
		  unsigned generation) NONNULL;

/*
 * Reports on standard error that `rel` may not be used.  Returns -ENOENT, which is what the
 * program is told.
 */
int shadow_refuse(const char *rel) NONNULL COLD;

/* Is there a whiteout, which is a symbolic link to itself? */
bool shadow_is_whiteout(const struct shadow_spot *spot) NONNULL;

/*
 * Is the directory above `rel` known to be private?  Then nobody else can change a directory
 * on the way to it, and the kernel may walk there from the root.  No I/O.
 */
bool shadow_is_private(const char *rel) MUST_CHECK NONNULL;

/*
 * Does the shadow have the directories above `rel`, so that it may have `rel`?  False while
 * the shadow may still be empty, without asking.
 */
bool shadow_has_above(const char *rel) MUST_CHECK NONNULL;

/* Is the directory at `rel` known to be usable, if it is still there?  No I/O. */
bool shadow_knows(const char *rel) MUST_CHECK NONNULL;

/* The same of the directory above. */
bool shadow_knows_above(const char *rel) MUST_CHECK NONNULL;

/* Makes the missing directories above `rel`, with the attributes of those in place. */
int shadow_make_parents(const char *rel) MUST_CHECK NONNULL;

#endif
