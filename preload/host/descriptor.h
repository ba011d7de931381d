/* SPDX-License-Identifier: MIT */
/*
 * The table of known descriptors: pycs, sources and cache directories that the host has
 * open, and our own.  A one-byte filter per descriptor lets calls on all others skip us.
 *
 * Called by the wrappers and by every folder above host/, in any thread, also in a signal
 * handler: it is bounded, has no lock and is async-signal-safe.  A fork child has a copy
 * of its own.  A vfork child shares its parent's table and must not change it: call
 * process_gate() first.
 */
#ifndef PYCSHIM_DESCRIPTOR_H
#define PYCSHIM_DESCRIPTOR_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "pyc_header.h"

enum descriptor_kind {
	DESCRIPTOR_FREE,
	DESCRIPTOR_CLAIMED,   /* a thread is filling in or freeing the slot */
	DESCRIPTOR_OURS,      /* our own (own_fd.h): hidden from the host */
	DESCRIPTOR_LOOKUP,    /* a pyc open for reading */
	DESCRIPTOR_SOURCE,    /* a .py open for reading */
	DESCRIPTOR_WRITTEN,   /* a pyc or a temporary open for writing */
	DESCRIPTOR_DIRECTORY, /* a __pycache__ or below: names relative to it matter */
	DESCRIPTOR_SHADOW,    /* a directory in the shadow, opened by its name there */
	DESCRIPTOR_FILE,    /* another file in a cache, which fchmod() etc. may change */
	DESCRIPTOR_BRACKET, /* closed: keeps the path of a source in compilation */
};

/* What a look-up must wait for before it is recorded. */
enum descriptor_pending {
	PENDING_NOTHING,
	PENDING_HEAD,	 /* the first read */
	PENDING_VERDICT, /* 2.7: an fstat means a hit, a close means a rejected pyc */
	/* from here on: not known to be a look-up */
	PENDING_LOADER, /* the first read, which tells whether this is a look-up at all */
	PENDING_NEVER,	/* nothing: this is no look-up */
};

/* What a look-up owes to the store or to another process. */
struct shared {
	bool reused;	   /* it was answered from the store */
	bool waited;	   /* it waited for another process */
	uint64_t saved_ns; /* CPU time that compiling had taken; 0: not known */
	uint64_t wait_ns;  /* how long it waited */
};

struct descriptor {
	int fd;		/* -1: none */
	int kind;	/* enum descriptor_kind */
	uint64_t key;	/* pyc_path_key() of its path */
	bool stream;	/* opened through stdio: we do not see its reads and writes */
	uint8_t action; /* LOOKUP, WRITTEN: enum record_action of the open */

	/* LOOKUP */
	uint8_t pending; /* enum descriptor_pending */
	bool read_some;
	bool read_all; /* to its end */
	bool by_name;  /* the pyc is loaded by its own name (direct.h) ... */
	bool loader;   /* ... by a SourcelessFileLoader */
	uint64_t got;  /* bytes that were read; SOURCE, WRITTEN: or written */
	bool sized;    /* `bytes` is known */
	bool cautious; /* we have opened it with O_NONBLOCK, and the program has not */
	int flags;     /* those of the program's open */
	uint8_t header[16];	  /* as recorded; 2.7: as read at the open */
	uint64_t bytes;		  /* its size */
	int pid;		  /* of the process that opened it */
	uint64_t begin_ns;	  /* when the open began, since the epoch */
	uint32_t duration_ns;	  /* of the open */
	uint16_t tag, tag_end;	  /* where the path has the interpreter's tag */
	struct pyc_source source; /* as it was seen before the open */
	struct shared shared;	  /* what it owes to others */

	/* WRITTEN */
	bool exclusive;	 /* the open has created the file (O_EXCL) */
	bool identified; /* `device` and `inode` are known */
	bool asked;	 /* the program has asked for its status, and not written since */
	dev_t device;	 /* of the file that was opened */
	ino_t inode;
	int error;     /* errno of a failed fflush(), or 0 */
	bool unlinked; /* the file had no name when fclose() began */
	int reader;    /* during fclose(): the same file, opened for reading */

	char path[PATH_MAX]; /* absolute */
};

#define DESCRIPTOR_FILTER 512u
#define DESCRIPTOR_SLOTS 192

/* How many slots hold a descriptor whose number leaves this remainder. */
extern unsigned char descriptor_filter[DESCRIPTOR_FILTER];
_Static_assert(DESCRIPTOR_SLOTS <= UCHAR_MAX, "all slots may share one filter byte");

/* The slot's enum descriptor_kind.  Atomic: others may claim or free the slot now. */
static inline int descriptor_kind(const struct descriptor *descriptor)
{
	return __atomic_load_n(&descriptor->kind, __ATOMIC_ACQUIRE);
}

/* Its number; -1: the slot is free, or about to be. */
static inline int descriptor_fd(const struct descriptor *descriptor)
{
	return __atomic_load_n(&descriptor->fd, __ATOMIC_RELAXED);
}

static inline unsigned char *descriptor_filter_of(int fd)
{
	return &descriptor_filter[(unsigned)fd % DESCRIPTOR_FILTER];
}

/*
 * False: the descriptor is not in the table.  True: it is, or another descriptor that
 * shares its filter byte is; descriptor_find() tells which.
 */
static inline bool descriptor_is_known(int fd)
{
	return __atomic_load_n(descriptor_filter_of(fd), __ATOMIC_RELAXED) != 0;
}

/* The slot of a descriptor, or NULL if it is not known. */
struct descriptor *descriptor_find(int fd);

/* The slot of an open source with this key, or NULL.  2.7 compiles with it open. */
struct descriptor *descriptor_find_source(uint64_t key);

/*
 * Take a slot for `fd`, replacing what was known under that number.  The caller fills in
 * the slot: only `fd`, `kind` and an empty `path` are set.  NULL when all slots are taken
 * or there is no memory: the file is then not followed.  For a directory without a slot,
 * every relative name counts as one that may concern us from then on.
 */
struct descriptor *descriptor_add(int fd, enum descriptor_kind kind);

/* Free the slot of a descriptor that is closed now; does nothing to a free slot. */
void descriptor_drop(struct descriptor *descriptor);

/* The descriptor is closed, but keep its path until descriptor_drop(). */
void descriptor_keep_path(struct descriptor *descriptor);

/*
 * Convert a slot into its index and back.  The index of NULL is -1, and an index that no slot has
 * gives NULL.
 */
int descriptor_index(const struct descriptor *descriptor);
struct descriptor *descriptor_at(int index);

/*
 * Counts the directories in caches to which the program may give relative names: those
 * that it has open, and the current directory.  While the count is not 0, every relative
 * path may concern us.  Used in redirect and deny mode only.
 */
void descriptor_count_relative(int change);
bool descriptor_relative_names_matter(void) MUST_CHECK;

/* The current directory may have changed: count it if it lies in a cache, else do not. */
void descriptor_count_current(void);

#endif
