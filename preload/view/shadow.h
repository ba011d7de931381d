/* SPDX-License-Identifier: MIT */
/*
 * The shadow tree: a directory of our own that mirrors absolute paths.  This header is
 * about what is in it, what it hides, and how something comes into it.  What a program sees
 * of that is decided in union.c.
 *
 * All access begins at one descriptor of the root (shadow_root.h), and uses only files and
 * directories that may be used (shadow_trust.h).  What is made here is therefore never
 * writable by others.
 *
 * `rel` is an absolute path without its first slash.  Functions that return int return 0 or
 * a descriptor, which the caller closes, or -errno; SHADOW_HIDDEN (whiteout.h) means that
 * there is a whiteout at the path or above it.  Reading is in shadow.c, making and changing
 * in shadow_change.c.
 *
 * Called by view/, call/ and hooks/.  Any thread, any context, but no vfork child; raw system
 * calls only, no allocation.
 */
#ifndef PYCSHIM_SHADOW_H
#define PYCSHIM_SHADOW_H

#include <stdbool.h>
#include <sys/stat.h>

#include "attributes.h"
#include "view/shadow_root.h"
#include "view/whiteout.h"

/* Opens a file or directory for reading; -ENOENT also if it may not be used. */
int shadow_open(const char *rel, int flags) MUST_CHECK NONNULL;

/*
 * The same, and fills in the status of what was opened.  `trusted`: the generation
 * (known.h) in which the directory above was known to be private, or 0; it is then not
 * checked again.
 */
int shadow_open_known(const char *rel, int flags, struct stat *status,
		      unsigned trusted) MUST_CHECK NONNULL;

/*
 * For a call that libc is to make at `rel`.  If the kernel may not walk there from the root
 * (shadow_is_private()), *fd is the directory above `rel`, which the caller closes;
 * otherwise it is -1.
 */
int shadow_hold(const char *rel, int *fd) MUST_CHECK NONNULL;

/*
 * Fills in the status of what is at `rel`; -ENOENT also if it may not be used.  `follow`: of
 * what a symbolic link leads to.  Whether the program may see it is decided by
 * identity_look().
 */
int shadow_find(const char *rel, bool follow, struct stat *status) MUST_CHECK NONNULL;

/*
 * Reads a symbolic link, without a NUL, and fills in its status.  Returns the length or
 * -errno, and reports nothing on standard error.
 */
long shadow_read_link(const char *rel, char *text, size_t bytes,
		      struct stat *status) MUST_CHECK NONNULL;

/*
 * Sets the times of a file or symbolic link, removes it, or removes a directory if it is
 * empty.  These report nothing on standard error.
 */
int shadow_set_times(const char *rel, const struct timespec times[2]) MUST_CHECK NONNULL;
void shadow_drop_file(const char *rel) NONNULL;
void shadow_drop_empty(const char *rel) NONNULL;

/*
 * Opens a file for writing.  This and the functions below make missing directories above the
 * path, with the attributes of those in place.  They return -EROFS if the shadow cannot be
 * written, and report that on standard error.
 */
int shadow_create(const char *rel, int flags, unsigned mode) MUST_CHECK NONNULL;

int shadow_make_directory(const char *rel, unsigned mode) MUST_CHECK NONNULL;

/*
 * Copies the file that `from` is open on to `rel`, with its attributes and its times.  A
 * file that is already there is replaced by a rename.  A directory is copied without its
 * entries, and other kinds are -EXDEV.  `with_content`: false for an empty copy.
 */
int shadow_copy_up(const char *rel, int from, bool with_content) MUST_CHECK NONNULL;

/* Puts a whiteout at `rel` by a rename, which replaces a file. */
int shadow_hide(const char *rel) MUST_CHECK NONNULL;

/* The flags of renameat2, which old headers lack. */
#define RENAME_NOREPLACE_FLAG 1
#define RENAME_EXCHANGE_FLAG 2

/* renameat, renameat2, linkat, symlinkat and mknodat within the shadow. */
int shadow_rename(const char *from, const char *to) MUST_CHECK NONNULL;
int shadow_exchange(const char *one, const char *other) MUST_CHECK NONNULL;
int shadow_link(const char *from, const char *to) MUST_CHECK NONNULL;
int shadow_symlink(const char *target, const char *rel) MUST_CHECK NONNULL;
int shadow_mknod(const char *rel, unsigned mode, dev_t device) MUST_CHECK NONNULL;

/* unlinkat, with the same errors. */
int shadow_remove(const char *rel, int flags) NONNULL;

/* Copies what can be read from one descriptor to another: 0, or -errno. */
int shadow_copy_content(int from, int to) MUST_CHECK;

#endif
