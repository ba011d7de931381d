/*
 * Who and what a recording is about: processes, threads and modules, each found by its
 * identity in the time of a few cache lines.  Owns them all; nothing is forgotten before
 * tables_free(), so memory grows with their number and not with that of events.
 * Filled by stats.c, read by the commands; one set belongs to one thread.
 */
#ifndef PYCSHIM_TABLES_H
#define PYCSHIM_TABLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attributes.h"
#include "keyed_hash.h"
#include "pyc_path.h"
#include "recording.h"
#include "verdict.h"

/* A recording is not trusted: its numbers are cut to this, and sums stop at the limit. */
#define AMOUNT_MAX (INT64_MAX / 4)

static inline uint64_t amount_of(uint64_t recorded)
{
	return recorded < AMOUNT_MAX ? recorded : AMOUNT_MAX;
}

static inline int64_t amount_add(int64_t a, int64_t b)
{
	int64_t sum;

	return __builtin_add_overflow(a, b, &sum) ? (b < 0 ? INT64_MIN : INT64_MAX) : sum;
}

static inline int64_t amount_times(int64_t a, int64_t b)
{
	int64_t product;

	return __builtin_mul_overflow(a, b, &product) ? INT64_MAX : product;
}

/* Bytes of a file in a tmpfs, which has whole pages. */
static inline int64_t amount_pages(int64_t bytes)
{
	return amount_add(bytes, 4095) / 4096 * 4096;
}

/* Signed, because verdicts are corrected downwards too. */
struct totals {
	int64_t count[VERDICT_TOTALS];
	int64_t stale_reason[STALE_COUNT];
};

/* Failed writes by errno; what finds no slot is counted in the last one, as error 0. */
#define ERROR_COUNTS 12
struct error_counts {
	struct {
		uint32_t error;
		int64_t count;
	} slot[ERROR_COUNTS];
};

/* Who a process is, wherever it was recorded. */
struct process_key {
	uint64_t token; /* struct record's `process` */
	uint64_t
		start_ns; /* these two from its process record: two recordings may have */
	uint64_t pid;	  /* the same token, if by chance or malice; 0: not known yet */
};

/* The root of a shadow, by its path. */
struct shadow_root {
	char *path;
	UT_hash_handle hh;
};

struct process {
	struct process_key key;
	bool known; /* its process record was there; else all below is 0 or "" */
	bool python;
	uint8_t mode; /* enum record_mode */
	uint32_t pid, parent_pid, uid;
	char *executable, *root;
	const struct shadow_root
		*shadow;       /* of `root`, once that was looked up; else NULL */
	char *node;	       /* NULL: not recorded */
	const char *recording; /* that it was first met in, as named; not owned */
	char *command;	       /* all arguments with their NULs */
	size_t command_bytes;
	uint64_t start_ns, first_ns, last_ns; /* first and last: of its events */
	uint64_t record_max_bytes;

	struct totals totals;
	struct error_counts errors;
	int64_t at_most;	  /* compiles whose end mark was not seen */
	int64_t measured;	  /* compiles whose cost is known */
	int64_t denied;		  /* failed writes that deny mode wanted to fail */
	int64_t attempts;	  /* imports that kept their pyc, or tried to */
	uint64_t start_up_cpu_ns; /* CPU time of the process up to its last compile ... */
	int64_t lookups_since;	  /* ... and its look-ups after that */
	int64_t cut_bytes;	  /* written of pycs that did not become whole */
	uint64_t lost_events;
	struct record_totals final; /* as the process itself counted */

	/* filled by starts_find() */
	struct process *parent; /* NULL: it is not recorded */
	unsigned start;		/* that it belongs to, from 0 */
	unsigned number;	/* in the order of recording, from 0 */
	UT_hash_handle hh;
};

/* A module's pyc in one of the shadows. */
struct shadow_key {
	const struct module *module;
	const struct shadow_root *root; /* NULL: that of who did not say which */
};

struct shadow_pyc {
	struct shadow_pyc *next; /* of the same module */
	struct shadow_key key;
	uint64_t bytes; /* as last seen; 0: not there any more */
	UT_hash_handle hh;
};

struct module {
	char *pyc;			      /* absolute; its identity */
	char *source;			      /* as read, else as its pyc's name has it */
	uint32_t pyc_length, tag, tag_length; /* of pyc; tag_length 0: untagged */
	bool source_read;		      /* `source` is not a guess */
	bool source_seen;		      /* a look-up knew its time and size */
	int64_t refused; /* of the stale ones: they ended the import, nothing was compiled */
	bool unseen; /* of a pyc that was read the body was not seen: it may be damaged */

	struct totals totals;
	int64_t at_most, measured, denied;
	struct tally *tallies; /* of the processes that compiled it */
	int64_t shadow_hits;   /* of the hits */
	struct shadow_pyc *shadow_pycs;
	int last_stale_reason; /* STALE_*; -1: never */
	int last_write_error;  /* errno; 0: never */
	int last_lookup_error; /* errno; 0: never */
	uint64_t last_stale_ns, last_error_ns, written_ns;
	uint64_t last_unkept_ns; /* compiled, and not written or not tried */
	uint32_t stale_pyc_mtime,
		stale_source_mtime; /* when last_stale_reason is mtime */
	bool stale_same_size;	    /* and the source's size was the pyc's */
	uint64_t damaged_bytes;	    /* of a beginning that came into place; 0: none did */
	const struct process *writer;	  /* of the last one that came into place */
	const struct process *unkeeper;	  /* last to compile it and not to try */
	uint64_t pyc_bytes, source_bytes; /* as last seen; 0: never */
	uint64_t
		cut_bytes; /* the most of a pyc that did not become whole; it needs more */
	void *story;	   /* story.c's */
	UT_hash_handle hh;
};

/* Why a module was compiled although an earlier start had kept its pyc. */
enum again {
	AGAIN_NOT,
	AGAIN_GONE,  /* it was not there any more */
	AGAIN_TIME,  /* the source's time had changed, and its size had not */
	AGAIN_MAGIC, /* another interpreter had written it */
	AGAIN_REASONS
};

/* What one process compiled of one module, and what came of it. */
struct tally {
	struct tally_key {
		const struct module *module;
		const struct process *process;
	} key;
	struct tally *next; /* of the same module */

	int compiled, measured; /* compiles, and those whose cost is known ... */
	int at_most;		/* ... of which so many had no end mark */
	int64_t cost_ns;	/* CPU time of these */
	uint64_t compiled_ns;	/* when the first of them had ended; 0: not known */
	int written, repeats;	/* repeats: while another process was at it, too */
	int failed, denied;	/* denied: of the failed, deny mode wanted that */
	uint32_t error;		/* of the last that failed */
	int unattempted;	/* compiled, and not tried to keep ... */
	int unwritable;		/* ... where it could not have been */
	int stale, reset; /* reset: the source's time had changed, and its size had not */
	uint8_t stale_reason;		    /* of the last */
	uint8_t again;			    /* enum again, if ... */
	const struct process *again_writer; /* ... this one is of an earlier start */
	UT_hash_handle hh;
};

struct thread_key {
	const struct process *process;
	uint64_t tid;
};

struct thread {
	struct thread_key key;
	struct process *process;
	struct verdict_thread verdict;
	struct module *writing;	 /* the pyc it writes to ... */
	uint64_t writing_bytes;	 /* ... and how much of it is there */
	bool writing_short;	 /* its last write was cut short ... */
	bool writing_failed;	 /* ... or one failed: it is not whole */
	struct module *shadowed; /* whose pyc it last found in the shadow */
	struct module *looked;	 /* whose pyc it last looked for ... */
	uint64_t looked_ns;	 /* ... and when */
	bool cache_denied;	 /* deny mode refused the last __pycache__ */
	UT_hash_handle hh;
};

/* What a path in a recording means. */
struct path_meaning {
	uint64_t key;	       /* pyc_path_key() */
	struct module *module; /* of a pyc or its temporary; else NULL */
	enum pyc_class class;
};

struct path_slot;

/* Which process a token means in one recording. */
struct sighting_key {
	const char *recording;
	uint64_t token;
};

struct sighting {
	struct sighting_key key;
	struct process *process;
	UT_hash_handle hh;
};

#define THREAD_SLOTS 256 /* a power of two */
struct tables {
	struct process *processes;
	struct module *modules;
	struct tally *tallies;
	struct thread *threads;
	struct sighting *sightings;
	struct shadow_root *shadow_roots;
	struct shadow_pyc *shadow_pycs;
	struct thread *recent[THREAD_SLOTS]; /* threads as last used, of this recording */
	struct path_slot *paths;	     /* meanings as last worked out */
	const char *recording; /* that is being read; not owned, NULL: none */
};

void tables_init(struct tables *tables) NONNULL;
void tables_free(struct tables *tables) NONNULL;

/* What follows is of the recording of this path, which the caller keeps; NULL: none. */
void tables_begin(struct tables *tables, const char *recording) NONNULL_ARGS(1);

/* The one that this token means in this recording, made if it is new. */
struct process *tables_process(struct tables *tables, uint64_t token) NONNULL;

/* The same of a process record, which tells who that is. */
struct process *tables_announced(struct tables *tables,
				 const struct record_process *record) NONNULL;

struct thread *tables_thread(struct tables *tables, uint64_t token, uint32_t tid) NONNULL;

/* The pyc of a module in a process's shadow; NULL, unless `make`: none is known. */
struct shadow_pyc *tables_shadow_pyc(struct tables *tables, struct module *module,
				     struct process *process, bool make) NONNULL;

/* The one with this identity, made if it is new. */
struct module *tables_module(struct tables *tables, const char *pyc,
			     size_t length) NONNULL;
struct tally *tables_tally(struct tables *tables, struct module *module,
			   const struct process *process) NONNULL;

/* Work out what an absolute path means, or remember it. */
struct path_meaning tables_meaning(struct tables *tables, const char *path) NONNULL;

void totals_add(struct totals *sum, const struct totals *more) NONNULL;
void error_counts_add(struct error_counts *counts, uint32_t error, int64_t count) NONNULL;

#endif
