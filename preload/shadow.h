/*
 * The shadow tree: a directory of our own that mirrors absolute paths.  What is in it,
 * what is hidden by it, how something comes into it.  What that means for a program is
 * union.h's business.
 *
 * A whiteout is a symbolic link to itself.  It costs nothing to notice: whatever is
 * opened at or below it is ELOOP, which a shadow has for no other reason.
 *
 * All access goes through one descriptor of the root, opened component by component
 * without following links, and checked: ours or root's, writable by nobody else.  The same
 * must be true of a file in it and of the directories above (shadow_trust.c), so what is
 * made here is never writable by others.
 *
 * `rel` is an absolute path without its first slash.  All return 0 or a descriptor, or
 * -errno; SHADOW_HIDDEN means a whiteout at the path or above it.  Any thread; no
 * allocation; a call's buffers are in scratch.h's room.
 */
#ifndef PYCSHIM_SHADOW_H
#define PYCSHIM_SHADOW_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>

#include "attributes.h"
#include "fd_path.h"

#define SHADOW_HIDDEN (-ELOOP)

/* There is a FIFO: the real call must open it, for it may block. */
#define SHADOW_BLOCKS (-EDEADLK)

/* What a program is told of that: what is hidden is not there. */
static inline int shadow_error(int error)
{
	return error == SHADOW_HIDDEN ? -ENOENT : error;
}

/* Names in the shadow that are its own, and that no program gets to see. */
#define SHADOW_NAME ".pycshim-"

/* The mark of a directory that was removed and made again: nothing in place shows in it. */
#define SHADOW_OPAQUE SHADOW_NAME "opaque"

static inline bool shadow_keeps_name(const char *name)
{
	return strncmp(name, SHADOW_NAME, sizeof(SHADOW_NAME) - 1) == 0;
}

/*
 * Is there a shadow that can be written?  Opens the root when it is needed first, and
 * again after it was lost or the user changed.  -EROFS where there is none: the program
 * then runs as on a read-only file system.
 */
int shadow_ready(void) MUST_CHECK;

/* The root's real path with its length; "" where there is none. */
const char *shadow_root(size_t *length) NONNULL;

/* The same, with what the user said, for a path that may lie in it; no I/O. */
bool shadow_contains(const char *path, size_t length) NONNULL;

/* Before that: have the root, if the path may be one in it.  process_gate() was true. */
void shadow_wanted(const char *path, long length) NONNULL;

/*
 * A path that the kernel gave, without a NUL, may be that of bytecode in the tree: make it
 * the one that the program knows.  Returns its new length; what is negative is an error
 * and stays.
 */
long shadow_strip(char *path, long length);

/*
 * Is nothing at all in the shadow?  To ask that costs a part of what a name costs that is
 * not there.  Of none nothing is in it.  False where it cannot be told, and once something
 * was in it.
 */
bool shadow_is_empty(void);

/* May the answer be that it is, of a root that is open?  No I/O. */
bool shadow_may_be_empty(void);

/* Open a file or directory that is there, for reading. */
int shadow_open(const char *rel, int flags) MUST_CHECK NONNULL;

/*
 * The same, which also tells what was found.  `trusted`: what shadow_trust_now() gave
 * before a file in the same directory was opened so; 0: there was none.
 */
int shadow_open_known(const char *rel, int flags, struct stat *status,
		      unsigned trusted) MUST_CHECK NONNULL;

/*
 * May a path to `rel` be walked from the root, for nobody else can change a directory on the
 * way?  No I/O; false also where it is not known.
 */
bool shadow_is_private(const char *rel) MUST_CHECK NONNULL;

/* Where it may not be: *fd is the directory that `rel` is in, to be closed; else -1. */
int shadow_hold(const char *rel, int *fd) MUST_CHECK NONNULL;

/* For how long what was found good is so: it gives another number once the root changes. */
unsigned shadow_trust_now(void);

/*
 * Look at what is there; a whiteout is SHADOW_HIDDEN, nothing is -ENOENT.  What must not be
 * seen, for it is of another source (identity.h), is -ENOENT, too; shadow_find() finds it.
 */
int shadow_look(const char *rel, bool follow, struct stat *status) MUST_CHECK NONNULL;
int shadow_find(const char *rel, bool follow, struct stat *status) MUST_CHECK NONNULL;

/* For identity.h, below directories that were found good: nobody is told what fails. */
long shadow_read_link(const char *rel, char *text, size_t bytes,
		      struct stat *status) MUST_CHECK NONNULL;
int shadow_set_times(const char *rel, const struct timespec times[2]) MUST_CHECK NONNULL;
void shadow_drop_file(const char *rel) NONNULL;
void shadow_drop_empty(const char *rel) NONNULL; /* a directory, if it is empty */

/*
 * Has the shadow the directories above, so that what is below may be in it?  False also
 * where all it is known for is that it may be empty.
 */
bool shadow_has_above(const char *rel) MUST_CHECK NONNULL;

/* Was this directory, if it is there, found good before?  No I/O. */
bool shadow_knows(const char *rel) MUST_CHECK NONNULL;

/* Make the directories above, as they are in place. */
int shadow_make_parents(const char *rel) MUST_CHECK NONNULL;

/* Open for writing; makes the directories above, as they are in place. */
int shadow_create(const char *rel, int flags, unsigned mode) MUST_CHECK NONNULL;

/* Make a directory, and those above as they are in place. */
int shadow_make_directory(const char *rel, unsigned mode) MUST_CHECK NONNULL;

/*
 * Copy what the descriptor is open on, a regular file or (without what is in it) a
 * directory, with its attributes to `rel`.  A file that is there is replaced at once.
 */
int shadow_copy_up(const char *rel, int from, bool with_content) MUST_CHECK NONNULL;

/* Copy what can be read from one descriptor to another: 0, or -errno. */
int shadow_copy_content(int from, int to) MUST_CHECK;

/* Put a whiteout at the path, in one step. */
int shadow_hide(const char *rel) MUST_CHECK NONNULL;

/* unlinkat, renameat, linkat, symlinkat, mknodat within the shadow. */
int shadow_remove(const char *rel, int flags) NONNULL;
int shadow_rename(const char *from, const char *to) MUST_CHECK NONNULL;
int shadow_link(const char *from, const char *to) MUST_CHECK NONNULL;
int shadow_symlink(const char *target, const char *rel) MUST_CHECK NONNULL;
int shadow_mknod(const char *rel, unsigned mode, dev_t device) MUST_CHECK NONNULL;

/* Remove a directory with all that is in it. */
void shadow_drop_tree(const char *rel) NONNULL;

/* The same, for a directory that is gone in place; nothing where it may not be removed. */
void shadow_drop_gone(const char *rel) NONNULL;

/* Remove the whiteouts in a directory and below: it is to be moved. */
void shadow_drop_whiteouts(const char *rel) NONNULL;

/* The program could not write to a file on this device: if that is the shadow's, say so. */
void shadow_write_failed(dev_t device, int error) COLD;

/* A name of the root by which libc can open what is in it; returns its length. */
size_t shadow_root_name(char name[FD_NAME_BYTES]) NONNULL;

/* The host wants this descriptor number, and it is the root's: give way. */
void shadow_move_descriptor(int fd);

/* Is the descriptor still the root's, and not the host's by now? */
bool shadow_owns(int fd);

/* The user changed, or the root directory did: the tree must not be used any more. */
void shadow_give_up(void);

#endif
