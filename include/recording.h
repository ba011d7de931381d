/* SPDX-License-Identifier: MIT */
/*
 * The recording: what the library writes and pycstat reads.  This header is the
 * specification; a reader needs nothing else but the *.def tables beside it.
 *
 * A recording is a plain sequence of records, with no file header, trailer or
 * index.  Every record begins with RECORD_MAGIC, which holds the version, and is a
 * multiple of 8 bytes long.  All numbers are little endian.  So a recording may be
 * emptied or removed while programs write to it, two may be concatenated, and what
 * follows a damaged stretch can be read.
 *
 * Writing.  A record, or a few of one thread in a row, is one write(2) with O_APPEND: the
 * kernel orders the appends of all processes.  When the recorded call returns to its
 * program, its record is written; that of a look-up is written when the pyc was first
 * read, or closed.  The first records of a group that the interpreter makes without a
 * pause are written with the last one: a look-up that fails with the reading of the
 * source, and the end of a compile with the renaming of the pyc.
 * SIGKILL can end a write only at the end of a page of the file.  So what is written does
 * not cross a multiple of RECORD_PAGE: a filler before it, in the same write(2), takes the
 * rest of the page.  (It still crosses one if it is larger than a page, if others
 * appended since the writer saw the size, or if the writer has a limit on file sizes.)
 * No record is ever changed, but for one place: the `totals` at the end of a
 * process record are rewritten by that process (pwrite) once events are lost.
 *
 * Reading.  At an offset: fewer than 8 bytes left, or fewer than `size` left, is an
 * incomplete tail (a writer may be at it).  A record is valid when the magic is
 * RECORD_MAGIC, `size` is a multiple of 8 from sizeof(struct record) to
 * RECORD_SIZE_MAX, and `check` matches.  If not, go on 8 bytes further and count 8
 * damaged bytes; a torn record (full disk) leaves the file's length no multiple of
 * 8, so a reader that finds nothing at the next multiple looks byte by byte for the
 * magic.  Skip records of a `type` you do not know.
 *
 * Bounds.  Events stop at record_max_bytes less the reserve (record_events_limit());
 * process records stop at record_max_bytes.  An event that finds no room is lost: the
 * process counts it in its totals, which from then on are what is true of it.
 *
 * Identity.  `process` is a number that no other process of the run has, whatever its
 * pid: pids are reused, and containers that share a recording have equal ones.  A
 * process writes its process record before its first event, again after exec (a new
 * `process`), and again when it finds that the recording was emptied (the same one).
 *
 * Owner: this header.  Used by preload/record/recorder.c and tools/read/reader.c.
 */
#ifndef PYCSHIM_RECORDING_H
#define PYCSHIM_RECORDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "attributes.h"

#define RECORD_VERSION 1
#define RECORD_MAGIC (0x00435950u | (uint32_t)RECORD_VERSION << 24) /* "PYC", version */
#define RECORD_MAGIC_MASK 0x00ffffffu				    /* any version's */

/* Two paths of PATH_MAX and the fixed part, or a process with its command line. */
#define RECORD_SIZE_MAX 16384
#define RECORD_COMMAND_MAX 2048 /* bytes of a command line that are kept */

/* The least bound of a recording: in less there is hardly room for a process. */
#define RECORD_MAX_LEAST 4096
#define RECORD_MAX_TOO_SMALL "too small: at least 4K"

#define RECORD_PAGE 4096

enum record_type {
	RECORD_PROCESS = 0,
#define OPERATION(code, name, shown) RECORD_##name = (code),
#include "operations.def"
#undef OPERATION
	RECORD_FILLER = 255, /* nothing but zeros behind its header: skip it */
};

enum record_action { ACTION_pass, ACTION_redirect, ACTION_deny };

/* What a bit means depends on the type of its record. */
enum record_flags {
	RECORD_SOURCE_SEEN = 1, /* lookup: source_mtime and source_bytes are known */
	RECORD_MAGIC_OWN = 2,	/* lookup: the pyc has the magic of this interpreter */
	RECORD_MAGIC_OTHER = 4, /* ... has another one; neither bit: not known */
	RECORD_DAMAGED = 8,	/* lookup: the code object behind the header is damaged */
	RECORD_WHOLE = 16,	/* lookup: ... is whole; neither bit: it was not read */
	RECORD_DIRECT = 2,	/* read_source: nothing between it and the pyc's close */
	RECORD_EXACT = 4,	/* compile: the end mark was seen; else "at most" */
	RECORD_COMPLETE = 8,	/* write: the last one, the file is whole and in place */
	RECORD_SHORT = 16,	/* write: fewer bytes than asked for; `error` is why, 0 in
				   older recordings */
	RECORD_REJECTED = 32,	/* lookup: the interpreter was seen to reject it (2.7) */
	RECORD_BY_NAME = 64,	/* lookup: the program loads the pyc by its own name,
				   whatever its source is; not in older recordings */
	RECORD_FOR_LAST =
		64, /* mkdir: no __pycache__, but for the pyc of this thread's last
				   compile (PYTHONPYCACHEPREFIX) */
	RECORD_UNWRITABLE = 128, /* compile: its end mark was not seen, and in the
				    source's directory no pyc could be made */
};

struct record {
	uint32_t magic;
	uint16_t size;	/* bytes, with this header and the padding */
	uint8_t type;	/* enum record_type */
	uint8_t flags;	/* enum record_flags */
	uint32_t check; /* record_check() */
	uint32_t tid;
	uint64_t process;
	uint64_t time_ns;     /* since the epoch, when the call began */
	uint32_t duration_ns; /* of the call; UINT32_MAX: that or more */
	uint16_t error;	      /* errno, 0 for success */
	uint8_t action;	      /* enum record_action */
	uint8_t reserved;     /* 0 */
};

/* RECORD_lookup.  The header is what was read; time and duration are the open's. */
struct record_lookup {
	struct record record;
	uint8_t header[16];    /* the first bytes of the pyc, 0 beyond its end */
	uint64_t pyc_bytes;    /* its size; 0 when error is set */
	uint32_t source_mtime; /* seconds, modulo 2^32, as the pyc would store it */
	uint32_t source_bytes; /* modulo 2^32 */
	char path[];	       /* the pyc, absolute, NUL-terminated, padded with NULs */
};

/*
 * RECORD_compile, written when the compile has ended.  Its time is that of its beginning,
 * and its duration is the time until its end.  (An older library wrote the time of its
 * end, and 0 for its duration.)
 */
struct record_compile {
	struct record record;
	uint64_t cpu_ns;	 /* of this thread: this compile */
	uint64_t process_cpu_ns; /* of this process since it began, at the end mark */
	char path[];		 /* the source */
};

/* All other events. */
struct record_event {
	struct record record;
	uint64_t bytes; /* write: bytes written; read_source: size, if known; reuse, wait:
			   nanoseconds, that the compile had taken or the wait took */
	char path[];	/* then, NUL-terminated too: for rename, the new path; for reuse,
			   maybe the source that the store's entry was compiled from */
};

/* Totals of a process, and since when they count (see "Bounds"). */
#define RECORD_ERRORS 4
struct record_totals {
	uint32_t check; /* record_check_totals(): of what follows */
	uint32_t reserved;
	uint64_t lost_events; /* 0: take the totals from the events */
#define TOTAL(name, what) uint64_t name;
#define TOTAL_ADDED(name, what)
#include "totals.def"
#undef TOTAL
#define STALE(name, what) uint64_t stale_##name;
#include "stale.def"
#undef STALE
	struct {
		uint32_t error; /* errno, 0: unused; the last one: all others */
		uint32_t count;
	} write_errors[RECORD_ERRORS];
	/* from here on: not in recordings of earlier releases */
#define TOTAL(name, what)
#define TOTAL_ADDED(name, what) uint64_t name;
#include "totals.def"
#undef TOTAL
};

/* The totals of a release that wrote no size of them. */
#define RECORD_TOTALS_FIRST_BYTES offsetof(struct record_totals, reused)

enum record_mode { MODE_trace, MODE_redirect, MODE_deny, MODE_off };

struct record_process {
	struct record record; /* time_ns: when the record was written */
	uint32_t pid;
	uint32_t parent_pid;
	uint32_t uid;
	uint8_t mode;	/* enum record_mode */
	uint8_t python; /* 1: a Python is loaded in it; 0: something Python started */
	uint16_t executable_bytes; /* with its NUL */
	uint16_t command_bytes;	   /* all arguments with their NULs, maybe cut short */
	uint16_t root_bytes;	   /* of the shadow's root with its NUL; 0: none */
	uint16_t node_bytes;	   /* of the node's name with its NUL; 0: not recorded */
	uint16_t totals_bytes;	   /* 0: RECORD_TOTALS_FIRST_BYTES */
	uint64_t start_ns;	   /* since the epoch: exec, or fork as first noticed */
	uint64_t record_max_bytes;
	char strings
		[]; /* executable, command, root, node (uname's nodename, which names a
			   container too), padding, struct record_totals */
};

#define RECORD_ALIGN(bytes) (((bytes) + 7) & ~(size_t)7)

/* Bytes up to which events are written; the rest is kept for process records. */
static inline uint64_t record_events_limit(uint64_t record_max_bytes)
{
	uint64_t reserve = record_max_bytes / 4;

	return record_max_bytes - (reserve < 4u << 20 ? reserve : 4u << 20);
}

/* Bytes of the totals at the end of a process record. */
static inline size_t record_totals_bytes(const struct record *record)
{
	const struct record_process *process = (const void *)record;

	return process->totals_bytes ? process->totals_bytes : RECORD_TOTALS_FIRST_BYTES;
}

/* Has the process record room for the totals that it promises?  `size` bytes are there. */
static inline bool record_totals_are_inside(const struct record *record)
{
	size_t bytes;

	if (record->size < sizeof(struct record_process) + RECORD_TOTALS_FIRST_BYTES)
		return false;
	bytes = record_totals_bytes(record);
	return bytes % 8 == 0 && bytes >= RECORD_TOTALS_FIRST_BYTES &&
	       sizeof(struct record_process) + bytes <= record->size;
}

static inline size_t record_totals_offset(const struct record *record)
{
	return record->size - record_totals_bytes(record);
}

/* Bytes of a record that its check covers: all but a process record's totals. */
static inline size_t record_checked_bytes(const struct record *record)
{
	return record->type == RECORD_PROCESS ? record_totals_offset(record)
					      : record->size;
}

/* Mix a multiple of 8 bytes: xor a word in, multiply, fold the upper half down. */
static inline uint64_t record_mix(uint64_t hash, const void *data, size_t bytes)
{
	const unsigned char *at = data;
	uint64_t word;

	for (; bytes >= sizeof(word); at += sizeof(word), bytes -= sizeof(word)) {
		memcpy(&word, at, sizeof(word));
		hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
		hash ^= hash >> 32;
	}
	return hash;
}

/* A hash of any number of bytes, for tables in memory; no part of the format. */
static inline uint64_t record_hash(const void *data, size_t bytes)
{
	size_t whole = bytes & ~(size_t)7;
	uint64_t tail = 0;

	memcpy(&tail, (const char *)data + whole, bytes - whole);
	return record_mix(record_mix(bytes, data, whole), &tail, sizeof(tail));
}

/*
 * The check of a record, its own field taken as 0.  The caller has made sure that
 * `size` bytes are there and, for a process record, that they hold the totals.
 */
static inline uint32_t record_check(const struct record *record)
{
	struct record head = *record;

	head.check = 0;
	return (uint32_t)record_mix(record_mix(RECORD_MAGIC, &head, sizeof(head)),
				    record + 1,
				    record_checked_bytes(record) - sizeof(head));
}

/* The check of totals of `bytes` bytes. */
static inline uint32_t record_check_totals(const struct record_totals *totals,
					   size_t bytes)
{
	return (uint32_t)record_mix(RECORD_MAGIC, &totals->lost_events,
				    bytes - offsetof(struct record_totals, lost_events));
}

_Static_assert(sizeof(struct record) == 40, "the format is fixed");
_Static_assert(offsetof(struct record_lookup, path) == 72, "the format is fixed");
_Static_assert(offsetof(struct record_process, strings) == 80, "the format is fixed");
_Static_assert(RECORD_TOTALS_FIRST_BYTES == 184, "the format is fixed");
_Static_assert(sizeof(struct record_totals) % 8 == 0, "the format is fixed");

#endif
