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
void shadow_trust(const char *rel, unsigned now) NONNULL;

/* Name on standard error what may not be used, and return what is then told: -ENOENT. */
int shadow_refuse(const char *rel) NONNULL COLD;

/* Is the link at `rel` one to itself? */
bool shadow_is_whiteout(const char *rel) NONNULL;

/* Make one directory with the attributes of the one in place. */
int shadow_mirror(const char *rel, const struct stat *place) MUST_CHECK NONNULL;

/* Give a new directory or file the attributes that the one in place has. */
void shadow_copy_attributes(int fd, const struct stat *status) NONNULL;

/* The root is another one now. */
void shadow_forget_trust(void);

#endif
