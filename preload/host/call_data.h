/* SPDX-License-Identifier: MIT */
/*
 * The data of one watched call: what the program asks for, what we have found out about
 * it, and what shall be done.  The struct lies on the host's stack from call_begin() to
 * call_end().
 *
 * Filled in by call/ and view/, read by trace/ as well.  The functions here only keep and
 * release the paths and descriptors of a call; the decisions are made in call/.  Any
 * thread, also in a signal handler or a vfork child.
 */
#ifndef PYCSHIM_CALL_DATA_H
#define PYCSHIM_CALL_DATA_H

#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "attributes.h"
#include "host/descriptor.h"
#include "host/fd_path.h"
#include "host/thread.h"
#include "pyc_path.h"
#include "recording.h"

enum call_operation {
	/* calls that only look, and are no events */
	CALL_stat, /* detail: the program's struct stat, which trace/ reads (no statx) */
	CALL_look, /* any other look at a file */
	CALL_access, /* detail: the mode */
	CALL_readlink,
	CALL_realpath,
	CALL_LAST_LOOK = CALL_realpath,
	CALL_lstat,  /* no look: it tells that the look-up before it was py_compile's */
	CALL_open,   /* detail: the flags; option: the mode */
	CALL_fopen,  /* detail: the mode's string */
	CALL_change, /* owner, times or length of a file that exists; option: the flags */
	CALL_chmod,  /* option: the mode */
	CALL_mkdir,  /* option: the mode */
	CALL_rmdir,
	CALL_unlink,  /* option: the flags (AT_REMOVEDIR) */
	CALL_remove,  /* unlink of a file, rmdir of a directory */
	CALL_symlink, /* detail: the target */
	CALL_mknod,   /* detail: the device; option: the mode */
	CALL_chdir,
	CALL_rename, /* detail: the flags, as of CALL_link */
	CALL_link,
};

enum call_decision {
	CALL_PASS,	/* make the real call as it is */
	CALL_ELSEWHERE, /* make the real call on call->path, which is absolute */
	CALL_DONE,	/* we have made or refused it: call->result, a result or -errno */
};

/*
 * Room for a path in struct call, which is on the host's stack.  A longer path is rare;
 * it lies in memory that is mapped for it.
 */
#define CALL_ROOM 208

struct call {
	enum call_operation operation;
	intptr_t detail; /* as in the row of hooks.def: flags, a buffer, a target */
	int option; /* as in the row of hooks.def: a mode, or flags besides a detail */
	int open_flags; /* CALL_open and CALL_fopen: open()'s flags */
	enum call_decision decision;
	long result;
	const char *path; /* for the real call */
	/* valid in call_begin(): the program's path; "" means the file of `dirfd` */
	const char *given;
	int dirfd;
	int directory; /* the directory of `path`, open until the call ends; -1: none */
	enum pyc_class class;
	bool covered;	/* redirect and deny apply to this path */
	bool in_shadow; /* the program itself names a cache in the shadow tree */
	bool stripped;	/* relative to a descriptor in the shadow */
	bool unnamed;	/* deny: the absolute path is not known, `absolute` is as given */
	char as_directory;   /* how the path ends: '/', '.' for "/.", or 0 */
	bool sized;	     /* pyc_bytes is known, from the shadow */
	bool trusted;	     /* its directory in the shadow is known to be private */
	unsigned generation; /* of known.h's table, when the call began */
	bool cautious;	/* we have opened it with O_NONBLOCK, and the program has not */
	uint8_t action; /* enum record_action: what was decided */
	uint64_t key;	/* pyc_path_key() */
	uint64_t begin_ns;    /* since the epoch */
	uint64_t pyc_bytes;   /* the size of the pyc that was opened */
	struct shared shared; /* what a look-up owes to others */
	/* valid in call_begin(): PATH_MAX bytes, with FD_NAME_BYTES free before them */
	char *buffer;
	/* the absolute path: the host's own string, or in `buffer`, `room` or `held` */
	const char *absolute;
	size_t path_length; /* of the absolute path */
	char *held;	    /* mapped for a path that is too long for `room`; or NULL */
	struct thread_mark mark; /* the host's part of the stack ends next to it */
	char room[CALL_ROOM];
};

/* A rename or a link has two paths.  Operation, detail and decision are in `from`. */
struct call_pair {
	struct call from, to;
};

/* The absolute, canonical path of a call. */
static inline const char *call_path(const struct call *call)
{
	return call->absolute;
}

/* The same path relative to the shadow's root. */
static inline const char *call_rel(const struct call *call)
{
	return call_path(call) + 1;
}

/*
 * Follow the file that the call has opened.  The caller fills in what the kind has besides the
 * path.  NULL: it is not followed (descriptor_add()).
 */
struct descriptor *call_follow(const struct call *call, int fd, enum descriptor_kind kind,
			       bool stream) NONNULL;

/* Redirect or deny has made the call, or refused it: `result` is a result or -errno. */
void call_done(struct call *call, long result) NONNULL;

/*
 * sys_openat() always sets close-on-exec: clears it on the descriptor of a CALL_DONE, unless the
 * host has asked for it.
 */
void call_inherit(const struct call *call) NONNULL;

/* Have we opened a file for this open?  Then the result is its descriptor. */
static inline bool call_has_opened(const struct call *call)
{
	return call->decision == CALL_DONE && call->result >= 0;
}

/* What the host gets from a CALL_DONE: the result, or -1 with errno set. */
long call_result(const struct call *call) NONNULL;

/*
 * Keep the directory of the path open until the call ends; takes over `fd`.  The real
 * call is then made on the last component of the path in that directory.
 */
void call_hold(struct call *call, int fd) NONNULL;

/* Returns open()'s flags for a mode of fopen(). */
int call_mode_flags(const char *mode) MUST_CHECK;

/* Does an open with these flags create or change the file? */
static inline bool call_opens_for_writing(int flags)
{
	return (flags & (O_ACCMODE | O_CREAT | O_TRUNC)) != O_RDONLY ||
	       (flags & O_TMPFILE) == O_TMPFILE;
}

static inline bool call_opens(const struct call *call)
{
	return call->operation == CALL_open || call->operation == CALL_fopen;
}

static inline bool call_opens_to_write(const struct call *call)
{
	return call_opens(call) && call_opens_for_writing(call->open_flags);
}

static inline bool call_opens_to_read(const struct call *call)
{
	return call_opens(call) && !call_opens_for_writing(call->open_flags);
}

/* Room for /proc/self/fd/N/NAME, with the NUL. */
#define CALL_NAME_BYTES (FD_NAME_BYTES + NAME_MAX + 8)

/* Room for such a name and an absolute path, with a slash behind it. */
#define CALL_PATH_BYTES (CALL_NAME_BYTES + PATH_MAX + 8)

/*
 * Copy the absolute path, and the path for the real call, from our own stack into `room`
 * or `held`, where they stay until call_drop_path().  False if there is no memory for a
 * long path.
 */
bool call_keep_path(struct call *call) MUST_CHECK NONNULL;

/* Free what call_keep_path() has mapped, and close the directory. */
void call_drop_path(struct call *call) NONNULL;

/* Close the directory that call_hold() has taken, if any. */
void call_release(struct call *call) NONNULL;

#endif
