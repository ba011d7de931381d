/* SPDX-License-Identifier: MIT */
/*
 * The part of union.h that is about directories, and what the removal or renaming of a
 * directory that is not covered means for its shadow.
 */
#ifndef PYCSHIM_UNION_DIRECTORY_H
#define PYCSHIM_UNION_DIRECTORY_H

#include <stdbool.h>

#include "attributes.h"
#include "host/call_data.h"

/* Does the program see a directory above this absolute path?  0, or -errno if not. */
int union_parent(const char *path) MUST_CHECK NONNULL;

/* Does the program see nothing in the directory of a call?  0, or -ENOTEMPTY. */
int union_is_empty(const struct call *call) MUST_CHECK NONNULL;

/* Is the directory opaque (SHADOW_OPAQUE), so that nothing in place shows in it? */
bool union_is_opaque(const char *path) MUST_CHECK NONNULL;

/* Makes the shadow's directory of a call opaque, with whiteouts for all names in place. */
void union_hide_below(const struct call *call) NONNULL;

/*
 * A cache is moved without its sources.  Before that, union_drop_unseen() removes the pycs
 * that the program must not see; afterwards union_keep_all() keeps the others visible.
 */
void union_drop_unseen(const char *rel) NONNULL;
void union_keep_all(const char *rel) NONNULL;

/*
 * Is the cache at `rel` of the shadow left over from a package that was removed and made again
 * while the library was not there?  It has names, and the program may see none of them.
 */
bool union_is_left_over(const char *rel) MUST_CHECK NONNULL;

/* mkdir() and rmdir() of a covered directory. */
void union_mkdir(struct call *call) NONNULL;
void union_rmdir(struct call *call) NONNULL;

/*
 * Before and after the removal or renaming of what is not covered, and may be a directory
 * with a shadow.  The shadow goes with its directory, so that it is never found beside other
 * sources.  While the program sees bytecode in the shadow, the directory is not empty.
 */
void union_tree_remove(struct call *call) NONNULL;
void union_tree_rename(struct call_pair *pair) NONNULL;
void union_tree_removed(struct call *call) NONNULL;
void union_tree_renamed(struct call_pair *pair) NONNULL;

#endif
