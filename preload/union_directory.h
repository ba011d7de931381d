/*
 * The part of union.h that is about directories, and what directories that are none of
 * ours do to the shadow.
 */
#ifndef PYCSHIM_UNION_DIRECTORY_H
#define PYCSHIM_UNION_DIRECTORY_H

#include "attributes.h"
#include "call.h"

/* May something be made below the directory above this absolute path?  0, or -errno. */
int union_parent(const char *path) MUST_CHECK NONNULL;

/* Is there nothing to be seen in the directory of a call?  0, or -ENOTEMPTY. */
int union_is_empty(const struct call *call) MUST_CHECK NONNULL;

/* Was the directory removed and made again, so that nothing in place shows in it? */
bool union_is_opaque(const char *path) MUST_CHECK NONNULL;

/* Make whiteouts for all names that are in place, in a directory of the shadow. */
void union_hide_below(const struct call *call) NONNULL;

/*
 * A cache is moved by itself, away from its sources: before that, remove the pycs that must
 * not be seen, and after that, keep the others in use.
 */
void union_drop_unseen(const char *rel) NONNULL;
void union_keep_all(const char *rel) NONNULL;

void union_mkdir(struct call *call) NONNULL;
void union_rmdir(struct call *call) NONNULL;

/*
 * A directory that is none of ours (or may be one) is to be removed or renamed, or was.
 * Its shadow goes with it, so that it is never found under another source; and while there
 * is bytecode of it to be seen it is not empty.
 */
void union_tree_remove(struct call *call) NONNULL;
void union_tree_rename(struct call_pair *pair) NONNULL;
void union_tree_removed(struct call *call) NONNULL;
void union_tree_renamed(struct call_pair *pair) NONNULL;

#endif
