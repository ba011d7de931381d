/* SPDX-License-Identifier: MIT */
/*
 * Identity: which pycs of the shadow are used.  A shadow may outlive the image or release
 * that it was filled for, for example on a volume or in a cache directory of systemd.
 * Where file times are clamped (SOURCE_DATE_EPOCH, ostree, Nix), the pyc's header does not
 * tell the new sources from the old ones.  Therefore a pyc of the shadow is used only for
 * the very source that it was made from.  A source is recognised by its change time (ctime),
 * because every change of the file changes it and nobody can set it.
 *
 * A pyc that an interpreter has compiled is stamped: the modification time of its file in
 * the shadow is set to the stamp of its source (path/stamp.h), as it was when the
 * interpreter opened the source.  Checking a stamp needs only the status that a look-up asks
 * for anyway.  Other pycs (copied, moved, or with times that the program has set) keep their
 * times, and have a note instead (identity_note.h).
 *
 * A note of a compiled pyc has the content hash of its source.  Where the stamp is another, and
 * only there, the source is hashed: if its content is the same (chown, a copy of the tree, a
 * new image), the pyc is valid, and is stamped anew.
 *
 * A pyc that does not belong to the present source is treated as missing.  A pyc without a
 * source is shown only to the process that has removed the source, or to the run that has put
 * the pyc there; others remove it.
 *
 * identity_look() and open_to_read() in union.c are the only ones that ask these questions.
 * `rel` is as in shadow.h.  Called by view/, call/ and hooks/.  Any thread, any context; raw
 * system calls only; errno untouched.
 */
#ifndef PYCSHIM_IDENTITY_H
#define PYCSHIM_IDENTITY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "attributes.h"
#include "content.h"
#include "host/call_data.h"
#include "host/thread.h"
#include "path/stamp.h"

/*
 * Does the pyc with this status and key belong to the source that this thread has looked at
 * last?  An import looks at the source before it opens the pyc, so this is true without a
 * further system call for nearly every look-up.
 */
static inline bool identity_is_of_seen(const struct stat *status, uint64_t key)
{
	return thread->seen_key == key && thread->seen_is_source &&
	       stamp_is_on(status, thread->seen_stamp_ns);
}

/*
 * Fills in the status of what the program may see in the shadow.  Returns 0, SHADOW_HIDDEN
 * for a whiteout, or -errno: -ENOENT also for a pyc that belongs to another source, which
 * shadow_find() finds.  `follow`: of what a symbolic link leads to.
 */
int identity_look(const char *rel, bool follow, struct stat *status) MUST_CHECK NONNULL;

/* The same for the path of a covered call, whose class is known. */
int identity_look_call(const struct call *call, bool follow,
		       struct stat *status) MUST_CHECK NONNULL;

/*
 * May the program see what was found in the shadow at the path of a covered call?  Removes
 * a pyc that has lost its source.
 */
bool identity_sees(const struct call *call, const struct stat *status) MUST_CHECK NONNULL;

/*
 * Remembers that this thread has opened the source at an absolute path, perhaps to compile it.
 * If it is `imported`, that is, the thread has just looked for the pyc, the first opening counts
 * until its pyc is kept, or is looked for again: a second one may show the line of a
 * SyntaxWarning, and the source have changed since.  Otherwise the last one does: the program
 * has read it for itself before it compiles it, and the source may have been changed by anybody
 * since.  `anew`: it counts in any case, because Python 2.7 opens the source before it looks for
 * the pyc.
 */
void identity_source_opened(const char *path, int64_t stamp_ns, bool anew,
			    bool imported) NONNULL;

/*
 * The thread itself is about to change the source at this path.  Forgets that it has opened it,
 * and returns whether it did.  An opening for an import is not forgotten: that source may be in
 * the middle of its compile, and a function that shows a warning changes it.
 */
bool identity_source_changes(const char *path) MUST_CHECK NONNULL;

/* The thread looks for the pyc of the source at this path. */
void identity_import_begins(const char *path) NONNULL;

/* Has this thread opened the source of the pyc at `rel`, and not yet made a pyc of it? */
bool identity_compiles(const char *rel) MUST_CHECK NONNULL;

/*
 * The file at `rel` is about to be renamed to the pyc at `to`.  Stamps it if this thread has
 * compiled the source of `to`, and returns whether it did.
 */
bool identity_stamp(const char *rel, const char *to) NONNULL;

/*
 * A new pyc of a source with this stamp and content.  It is stamped before it gets its final
 * name `rel`, and by descriptor, since at that name there may soon be the pyc of another
 * source (of another image).  Then it has its note.
 */
void identity_stamp_new(int fd, int64_t stamp_ns);
void identity_note_new(const char *rel, int64_t stamp_ns,
		       const struct content *content) NONNULL;

/* The same as identity_stamp(), for a pyc under its own name that `fd` is open on. */
void identity_stamp_open(const char *path, int fd) NONNULL;

/*
 * The program itself has put a file at `rel`, or has set its times.  Writes a note that
 * keeps it visible while the source stays as it is.
 */
void identity_keep(const char *rel) NONNULL;

/* The program sets the times of the pyc at `rel`: this thread does not stamp it later. */
void identity_keep_times(const char *rel) NONNULL;

/*
 * The program is about to change the source of the visible pyc at `rel`, and perhaps
 * `of_content`.  Sees to it that the pyc is visible after the change, so that the interpreter
 * judges it, as it would in place.
 */
void identity_keep_through_change(const char *rel, bool of_content) NONNULL;

/* The pyc at `rel` is removed: removes its note. */
void identity_forget(const char *rel) NONNULL;

/*
 * May the shadow keep a file at the path of a covered call?  It may not keep a pyc outside
 * of a __pycache__ without a source beside it, because that is a program and no cache.
 */
bool identity_may_keep(const struct call *call) MUST_CHECK NONNULL;

/*
 * The program is about to remove the source at this absolute path.  Its pycs stay visible in
 * this process.
 */
void identity_source_going(const char *path) NONNULL;

#endif
