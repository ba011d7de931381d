/*
 * The descriptors we know something of: pycs and sources that are open, and our own.
 * All others are told apart by one load, and so is a call on one of these that tells nothing
 * more.
 *
 * Lock-free, bounded, async-signal-safe.  A fork child has a copy that is right; in a
 * vfork child the table is the parent's and must not be changed (process_gate()).
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
	DESCRIPTOR_CLAIMED,   /* being filled in */
	DESCRIPTOR_OURS,      /* the recording: the host cannot see it */
	DESCRIPTOR_LOOKUP,    /* a pyc open for reading */
	DESCRIPTOR_SOURCE,    /* a .py open for reading */
	DESCRIPTOR_WRITTEN,   /* a pyc or a temporary open for writing */
	DESCRIPTOR_DIRECTORY, /* a __pycache__ or one below: its names are ours */
	DESCRIPTOR_SHADOW,    /* the same in the shadow, opened by its name there */
	DESCRIPTOR_FILE, /* another file in a cache: it may be changed by its descriptor */
	DESCRIPTOR_BRACKET, /* closed: keeps the path of a source that is compiled */
};

/* What a look-up waits for until it is recorded. */
enum descriptor_pending {
	PENDING_NOTHING,
	PENDING_HEAD,	 /* the first read */
	PENDING_VERDICT, /* 2.7: an fstat will tell a hit, a close that it was none */
};

/* The calls that are watched for a time; what ends, copies or changes a file always is. */
enum descriptor_watch {
	WATCH_NOTHING = 0,
	WATCH_READS = 1,
	WATCH_LOOKS = 2, /* fstat */
};

struct descriptor {
	int fd;	     /* -1: none */
	int kind;    /* enum descriptor_kind */
	int watched; /* enum descriptor_watch */
	uint64_t key;
	bool read_some;
	bool read_all;	 /* to its end */
	bool stream;	 /* through stdio: its reads and writes are not seen */
	uint8_t action;	 /* LOOKUP, WRITTEN: enum record_action, of the open */
	uint8_t pending; /* LOOKUP: enum descriptor_pending; then also what follows */
	bool sized;	 /* its size is known */
	bool cautious; /* LOOKUP: it has an O_NONBLOCK that is not among the program's flags */
	int flags;
	uint8_t header[16]; /* 2.7: as it was when opened */
	uint64_t bytes;	    /* its size */
	int pid;	    /* who opened it, and when, and how long that took */
	uint32_t duration_ns;
	uint16_t tag, tag_end; /* of its interpreter, in the path */
	uint64_t begin_ns;
	struct pyc_source source; /* what was known of that then */
	int error;		  /* WRITTEN: of a flush */
	bool unlinked; /* WRITTEN, when its stream is closed: not in place any more */
	int reader;   /* WRITTEN, while its stream is closed: the same file, to be read */
	dev_t device; /* WRITTEN: which file this is */
	ino_t inode;
	char path[PATH_MAX]; /* absolute */
};

#define DESCRIPTOR_FILTER 512u
#define DESCRIPTOR_SLOTS 192

/* How many slots have a descriptor that leaves this remainder, and what is watched. */
struct descriptor_filter {
	unsigned char known, reads, looks;
} __attribute__((aligned(4)));

extern struct descriptor_filter descriptor_filter[DESCRIPTOR_FILTER];
extern struct descriptor *descriptor_slots; /* NULL before the first descriptor_add() */

/* Others may be taking or freeing the slot at this moment. */
static inline int descriptor_kind(const struct descriptor *descriptor)
{
	return __atomic_load_n(&descriptor->kind, __ATOMIC_ACQUIRE);
}

static inline struct descriptor_filter *descriptor_filter_of(int fd)
{
	return &descriptor_filter[(unsigned)fd % DESCRIPTOR_FILTER];
}

/* May we know this descriptor, and watch these calls on it?  False is certain. */
static inline bool descriptor_is_known(int fd)
{
	return __atomic_load_n(&descriptor_filter_of(fd)->known, __ATOMIC_RELAXED) != 0;
}

static inline bool descriptor_is_read(int fd)
{
	return __atomic_load_n(&descriptor_filter_of(fd)->reads, __ATOMIC_RELAXED) != 0;
}

static inline bool descriptor_is_looked_at(int fd)
{
	return __atomic_load_n(&descriptor_filter_of(fd)->looks, __ATOMIC_RELAXED) != 0;
}

/* The slot of a descriptor; NULL where we know nothing of it. */
struct descriptor *descriptor_find(int fd);

/* The slot of an open source by its key (2.7 has it open while it compiles); or NULL. */
struct descriptor *descriptor_find_source(uint64_t key);

/*
 * Take a slot for `fd`, replacing what was known under that number.  Only fd, kind, what is
 * watched (enum descriptor_watch, together) and path (empty) are set.  NULL where all are
 * taken: the file is then not followed.
 */
struct descriptor *descriptor_add(int fd, enum descriptor_kind kind, int watched);

/* These calls tell nothing more. */
void descriptor_unwatch(struct descriptor *descriptor, int watched);

/* Forget a descriptor that is closed now. */
void descriptor_drop(struct descriptor *descriptor);

/* The descriptor is closed, but its path is needed until descriptor_drop(). */
void descriptor_keep_path(struct descriptor *descriptor);

/* The slot's index, and back; -1 and NULL go together. */
int descriptor_index(const struct descriptor *descriptor);
struct descriptor *descriptor_at(int index);

#endif
