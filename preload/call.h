/*
 * One watched call on its way: what a wrapper hands over before the real call, and what
 * comes back after it.  The wrappers (hooks.c) have no logic; it is all behind here.
 */
#ifndef PYCSHIM_CALL_H
#define PYCSHIM_CALL_H

#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "attributes.h"
#include "pyc_path.h"
#include "recording.h"
#include "thread.h"

enum call_operation {
	CALL_stat, /* from here on: what only looks, and is no event */
	CALL_look,
	CALL_access,
	CALL_readlink,
	CALL_realpath,
	CALL_LAST_LOOK = CALL_realpath,
	CALL_lstat,
	CALL_open,
	CALL_fopen,
	CALL_change, /* of what must be there: owner, times, length */
	CALL_chmod,
	CALL_mkdir,
	CALL_rmdir,
	CALL_unlink,
	CALL_remove, /* unlink, or rmdir of a directory */
	CALL_symlink,
	CALL_mknod,
	CALL_chdir,
	CALL_rename,
	CALL_link,
};

enum call_decision {
	CALL_PASS,	/* make the real call as it is */
	CALL_ELSEWHERE, /* make it on call->path, which is absolute */
	CALL_DONE,	/* it was made: call->result, a result or -errno */
};

/*
 * Room for a path on the host's stack, from call_begin() to call_end().  A longer one, which
 * hardly exists, lies in memory that is mapped for it.
 */
#define CALL_ROOM 208

struct call {
	enum call_operation operation;
	intptr_t detail; /* the row's: flags, a buffer, a target */
	int option;	 /* the row's: a mode, or flags besides a detail */
	enum call_decision decision;
	long result;
	const char *path; /* for the real call */
	/* in call_begin(): what the program gave; "" for the descriptor's file itself */
	const char *given;
	int dirfd;
	int directory; /* what `path` is in, open until the call ends; -1: none */
	enum pyc_class class;
	bool covered;	/* of those that redirect and deny are about */
	bool in_shadow; /* a cache in the shadow tree, by its name there */
	bool stripped;	/* named by a descriptor in the shadow */
	bool unnamed;	/* deny: its absolute path is not known, `absolute` is as given */
	char as_directory; /* '/', or '.' behind one, where the path ends so; 0 */
	bool sized;	   /* pyc_bytes is known: of a file in the shadow */
	unsigned trusted;  /* of the directory it is in: see shadow_open_known() */
	bool cautious;	/* what was opened has an O_NONBLOCK that is not the program's */
	uint8_t action; /* enum record_action: what was decided */
	uint64_t key;
	int host_error;	    /* errno as the host had it */
	uint64_t begin_ns;  /* since the epoch */
	uint64_t pyc_bytes; /* the size of the pyc that was opened */
	char *buffer; /* in call_begin(): PATH_MAX bytes, and FD_NAME_BYTES before them */
	const char *
		absolute; /* the absolute path: the host's own string, or in room or held */
	size_t path_length; /* of the absolute path */
	char *held;	    /* mapped for a path that is longer than the room; NULL */
	struct thread_mark mark; /* behind it, the host's part of the stack ends */
	char room[CALL_ROOM];
};

/* A rename or a link has two paths; operation, detail and decision are in `from`. */
struct call_pair {
	struct call from, to;
};

/*
 * In redirect mode some calls matter whatever their path: a directory that is renamed,
 * removed or listed may have a shadow.
 */
extern _Atomic int call_watch_all;

/*
 * Begin a call on `path`; the caller has set operation, detail and option.  False: it does
 * not concern us, make the real call and return.  True: do what `decision` says, then
 * call_end().
 */
bool call_begin(struct call *call, int dirfd, const char *path) MUST_CHECK
	NONNULL_ARGS(1);

/* The path that stands for the file behind the descriptor itself. */
extern const char call_itself[];

/*
 * Fill in what a call is about, with its absolute path in call->buffer; false: the path has
 * no name, or none that can be told.
 */
bool call_look(struct call *call, int dirfd, const char *path) MUST_CHECK NONNULL_ARGS(1);

/*
 * The same for the name of a source, and in trace mode of a pyc, in a directory that is
 * known: without I/O, a buffer or much stack.  False: call_look() must tell.
 */
bool call_look_at_known(struct call *call, const char *path) MUST_CHECK NONNULL;

/* What it is about was opened in the shadow; `now`: shadow_trust_now(), before that. */
void call_look_trusts(const struct call *call, unsigned now) NONNULL;

/*
 * A call on a path that does not concern us passes, while a compile may have to be seen to
 * have ended; and so at the end of the program.
 */
void call_passes(void) COLD;

/*
 * End a call: `result` as the host will see it (a descriptor, 0, -1), or for a stream its
 * descriptor.  Leaves errno as the real call left it.
 */
void call_end(struct call *call, long result) NONNULL;
void call_end_stream(struct call *call, FILE *stream) NONNULL_ARGS(1);

/*
 * The same for a call that changes the file behind a descriptor: where that is one in
 * place, what is changed is the one that redirect has made of it, put into *fd until
 * call_end_behind().
 */
bool call_begin_behind(struct call *call, int *fd) MUST_CHECK NONNULL;
void call_end_behind(const struct call *call, int fd) NONNULL;

bool call_begin_pair(struct call_pair *pair, int dirfd, const char *path, int to_dirfd,
		     const char *to) MUST_CHECK NONNULL_ARGS(1);
void call_end_pair(struct call_pair *pair, long result) NONNULL;

/* The absolute, canonical path of a call that is covered, and what the shadow calls it. */
static inline const char *call_path(const struct call *call)
{
	return call->absolute;
}

static inline const char *call_rel(const struct call *call)
{
	return call_path(call) + 1;
}

/* The mode of redirect or deny has made the call, or refused it: `result`, or -errno. */
void call_done(struct call *call, long result) NONNULL;

/* What a finished call gives its caller: the result, or -1 and errno; a stream, or NULL. */
long call_result(const struct call *call) NONNULL;
FILE *call_result_stream(const struct call *call) NONNULL;

/*
 * Have the real call made on the shadow's file of this path: 0, or -errno; too long a
 * name leaves it in place.  The name is written before the absolute path, which stays:
 * call_look() has left room there.
 */
int call_name_elsewhere(struct call *call) NONNULL;

/*
 * Take a directory descriptor over until the call ends.  The real call is then made on the
 * last component of the path in that directory, in place or elsewhere.
 */
void call_hold(struct call *call, int fd) NONNULL;

/* The flags of an open, or for a stream those that its mode stands for. */
int call_open_flags(const struct call *call) MUST_CHECK NONNULL;

/* Does an open with these flags create or change the file? */
static inline bool call_opens_for_writing(int flags)
{
	return (flags & (O_ACCMODE | O_CREAT | O_TRUNC)) != O_RDONLY ||
	       (flags & O_TMPFILE) == O_TMPFILE;
}

/*
 * dlopen() of `path` is about to be called, from wherever: returns the path to be opened,
 * which is another one where a library lies in the shadow (cffi keeps them in __pycache__).
 */
const char *call_loads(const char *path);

/* The host may have another limit on the size of files now.  Gives back the result. */
int call_limited(int result);

/* A call on a descriptor that we know something of. */
struct call_fd {
	bool answered; /* do not make the call: it fails with `error`, or succeeds if that is 0 */
	int error;
	int host_error;
	uint64_t begin_ns;
	struct descriptor *descriptor; /* to be looked at in the end; NULL: done */
	struct thread_mark mark;
};

enum call_fd_operation {
	CALL_read,
	CALL_write,
	CALL_close,
	CALL_fstat,
	CALL_dup,
	CALL_fdopen,
	CALL_fdopendir,
	CALL_fclose,
	CALL_fflush,
};

/*
 * Begin and end a call on a known descriptor, as above.  `detail` is the row's: the buffer
 * of a read or an fstat, the other descriptor of a dup2.  `wanted`: the bytes that a read or
 * a write is for.
 */
bool call_begin_fd(struct call_fd *call, enum call_fd_operation operation,
		   int fd) MUST_CHECK NONNULL;
void call_end_fd(struct call_fd *call, enum call_fd_operation operation, intptr_t detail,
		 size_t wanted, long result) NONNULL;

/*
 * The same for dup2(fd, to) and dup3: `call->answered` where `fd` is our own, which the
 * host cannot know.
 */
bool call_begin_copy(struct call_fd *call, int fd, int to) MUST_CHECK NONNULL;
void call_end_copy(struct call_fd *call, int fd, long result) NONNULL;

/* Does one that we know lie between the two?  For what closes many at once. */
bool call_range_matters(unsigned first, unsigned last);

/* close_range() around our own descriptors.  0, or -1 with errno. */
int call_close_range(unsigned first, unsigned last, int flags);

#endif
