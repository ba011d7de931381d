/*
 * What shadow.c and shadow_root.c need of shadow_trust.c, and nobody else: which parts of
 * the tree may be used, and making the directories in it.  All return 0 or -errno.
 */
#ifndef PYCSHIM_SHADOW_TRUST_H
#define PYCSHIM_SHADOW_TRUST_H

#include <stdbool.h>
#include <sys/stat.h>

#include "attributes.h"

/*
 * Where in the shadow something is: a directory, and a name below it.  The name has several
 * components only where nobody else can exchange one of the directories on the way for a
 * link to elsewhere: they all are this user's or root's, and can be written by nobody else.
 * In the mirror of another user's directory it has one, and the directory is opened without
 * following a link (beneath.h).
 */
struct shadow_spot {
	int fd;
	const char *name;
	bool opened; /* the directory was opened for this, and is to be closed */
};

/*
 * The place of `rel`, below directories that may be used: errors as shadow_check_above(), and
 * -EBADF where there is no root.  End with shadow_leave().
 */
int shadow_reach(const char *rel, struct shadow_spot *spot) MUST_CHECK NONNULL;
void shadow_leave(const struct shadow_spot *spot) NONNULL;

/* It was -EPERM: -ENOENT, where there is nothing that could have been used. */
int shadow_why_refused(const char *rel) NONNULL COLD;

/*
 * May the directories above `rel` be used?  -ENOENT where one is missing, SHADOW_HIDDEN
 * where one is a whiteout, -EPERM where somebody else could have put something there.
 * What was found good once is not looked at again: nobody else can change it.
 */
int shadow_check_above(const char *rel) MUST_CHECK NONNULL;

/* May what was found at `rel`, below directories that may be used, be used?  0 or -EPERM. */
int shadow_check(const char *rel, const struct stat *status) MUST_CHECK NONNULL;

/*
 * At `rel` is a directory that may be used, with those above: found out since
 * shadow_trust_now() gave `now`, and not through a link.
 */
void shadow_trust(const char *rel, const struct stat *status, unsigned now) NONNULL;

/* Name on standard error what may not be used, and return what is then told: -ENOENT. */
int shadow_refuse(const char *rel) NONNULL COLD;

/* Is there a link to itself? */
bool shadow_is_whiteout(const struct shadow_spot *spot) NONNULL;

/* Make one directory with the attributes of the one in place. */
int shadow_mirror(const struct shadow_spot *spot,
		  const struct stat *place) MUST_CHECK NONNULL;

/* Give a new directory or file the attributes that the one in place has. */
void shadow_copy_attributes(int fd, const struct stat *status) NONNULL;

/* The root is another one now. */
void shadow_forget_trust(void);

#endif
