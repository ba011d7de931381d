/* SPDX-License-Identifier: MIT */
/*
 * The processes, threads and modules that a recording tells of, in hash tables.  This file
 * owns them all and frees nothing before tables_free(): memory grows with their number, not
 * with the number of events.
 * Filled by stats.c, read by the commands; a struct tables belongs to one thread.
 *
 * The folder tools/read/ owns everything from the file of a recording to its totals.  It
 * runs in pycstat, in one thread, and includes common/ and include/.
 */
#ifndef PYCSHIM_TABLES_H
#define PYCSHIM_TABLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attributes.h"
#include "common/keyed_hash.h"
#include "pyc_path.h"
#include "recording.h"
#include "verdict.h"

/* Recordings are not trusted: numbers are capped at this, and sums saturate. */
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

/* How many bytes a file of this size takes in a tmpfs, which allocates whole pages. */
static inline int64_t amount_pages(int64_t bytes)
{
	return amount_add(bytes, 4095) / 4096 * 4096;
}

/* Signed, because a later event may take back what an earlier one counted. */
struct totals {
	int64_t count[VERDICT_TOTALS];
	int64_t stale_reason[STALE_COUNT];
};

/* Failed writes by errno; when the slots are used up, the last one counts as error 0. */
#define ERROR_COUNTS 12
struct error_counts {
	struct {
		uint32_t error;
		int64_t count;
	} slot[ERROR_COUNTS];
};

/*
 * Identifies a process across recordings.  The token alone may be the same in two
 * recordings, by chance or on purpose, so time and pid of the process record are part of
 * the key; both are 0 as long as that record was not read.
 */
struct process_key {
	uint64_t token; /* struct record's `process` */
	uint64_t start_ns;
	uint64_t pid;
};

/* The root directory of a shadow. */
struct shadow_root {
	char *path;
	UT_hash_handle hh;
};

struct process {
	struct process_key key;
	bool known; /* its process record was read; otherwise what follows is 0 or "" */
	bool python;
	uint8_t mode; /* enum record_mode */
	uint32_t pid, parent_pid, uid;
	char *executable, *root;
	const struct shadow_root *shadow; /* the entry of `root`; NULL: not looked up */
	char *node;			  /* the machine's name; NULL: not recorded */
	const char *recording;		  /* the first that has it; not owned */
	char *command;			  /* all arguments with their NULs */
	size_t command_bytes;
	uint64_t start_ns;
	uint64_t first_ns, last_ns; /* its first and last event */
	uint64_t record_max_bytes;

	struct totals totals;
	struct error_counts errors;
	int64_t at_most;	  /* compiles whose cost is an upper limit */
	int64_t measured;	  /* compiles whose cost is known */
	int64_t denied;		  /* writes that failed because of deny mode */
	int64_t attempts;	  /* imports that wrote their pyc or tried to */
	uint64_t start_up_cpu_ns; /* CPU time of the process up to its last compile */
	int64_t lookups_since;	  /* look-ups after its last compile */
	uint64_t compiled_ns; /* when its last compile ended; 0: it compiled nothing */
	int64_t cut_bytes;    /* bytes written to pycs that did not become complete */
	uint64_t lost_events;
	struct record_totals final; /* the totals that the process counted itself */

	/* filled by starts_find() */
	struct process *parent; /* NULL: the parent is not recorded */
	unsigned start;		/* the number of the start it belongs to, from 0 */
	unsigned number;	/* its number in the order of recording, from 0 */
	/*
	 * Its compiles that ended by then delayed the last compile of its start: it did that
	 * compile itself, or it began a process that did.  0: it did not.
	 */
	uint64_t critical_until_ns;
	UT_hash_handle hh;
};

/* Identifies the pyc of a module in one of the shadows. */
struct shadow_key {
	const struct module *module;
	const struct shadow_root *root; /* NULL: the process did not record its root */
};

struct shadow_pyc {
	struct shadow_pyc *next; /* the same module's in another shadow */
	struct shadow_key key;
	uint64_t bytes; /* its last known size; 0: it was removed */
	UT_hash_handle hh;
};

struct module {
	char *pyc;	     /* the pyc's absolute path, which identifies the module */
	char *source;	     /* the source's path, a guess unless source_read */
	uint32_t pyc_length; /* the length of `pyc` */
	uint32_t tag, tag_length; /* where the tag is in `pyc`; length 0: untagged */
	bool source_read;	  /* the source was read, so `source` is certain */
	bool source_seen;	  /* a look-up recorded the source's time and size */
	bool by_name;		  /* a look-up loaded the pyc by its own name */
	int64_t refused;	  /* stale pycs that ended the import without a compile */
	bool unseen;		  /* a pyc was read whose body the library did not see */

	struct totals totals;
	int64_t at_most, measured, denied;
	struct tally *tallies; /* one for each process that compiled it */
	int64_t shadow_hits;   /* hits that the shadow answered */
	struct shadow_pyc *shadow_pycs;
	int last_stale_reason;	 /* STALE_*; -1: it was never stale */
	int last_write_error;	 /* errno; 0: none */
	int last_lookup_error;	 /* errno; 0: none */
	uint64_t last_stale_ns;	 /* when it was last stale; 0: never, as below */
	uint64_t last_error_ns;	 /* when a write last failed */
	uint64_t written_ns;	 /* when a pyc last came into place */
	uint64_t last_unkept_ns; /* when it was last compiled and not kept */
	/* of the last stale pyc, where the reason is mtime */
	uint32_t stale_pyc_mtime, stale_source_mtime;
	bool stale_same_size;	/* the source's size had not changed */
	uint64_t damaged_bytes; /* size of a cut-off pyc that is in place; 0: none */
	const struct process *writer;	  /* who last put a pyc in place */
	const struct process *unkeeper;	  /* who last compiled it and tried no write */
	uint64_t pyc_bytes, source_bytes; /* last known sizes; 0: unknown */
	uint64_t cut_bytes;		  /* the most written of an incomplete pyc */
	void *story;			  /* owned by story.c */
	UT_hash_handle hh;
};

/* Why a module was compiled although an earlier start had kept its pyc. */
enum again {
	AGAIN_NOT,
	AGAIN_GONE,  /* the pyc had been removed */
	AGAIN_TIME,  /* the source's time had changed, but not its size */
	AGAIN_MAGIC, /* another interpreter had written it */
	AGAIN_REASONS
};

/* How often one process compiled one module, and with what result. */
struct tally {
	struct tally_key {
		const struct module *module;
		const struct process *process;
	} key;
	struct tally *next; /* the same module's, of another process */

	int compiled;	       /* compiles */
	int measured;	       /* compiles whose cost is known */
	int at_most;	       /* of the measured ones, those without an end mark */
	int64_t cost_ns;       /* CPU time of the measured ones */
	int64_t wall_ns;       /* how long the measured ones took */
	uint64_t compiled_ns;  /* when the first of them had ended; 0: not known */
	int written;	       /* pycs that it put in place */
	int repeats;	       /* of these, those another process wrote meanwhile */
	int failed;	       /* failed writes */
	int denied;	       /* of these, those that deny mode refused */
	uint32_t error;	       /* errno of the last failed write */
	int unattempted;       /* compiles without an attempt to write */
	int unwritable;	       /* of these, where no pyc could have been written */
	int unreadable;	       /* look-ups without permission to read the pyc */
	uint32_t lookup_error; /* errno of the last of these */
	int stale;	       /* stale pycs */
	int reset;	       /* of these, where only the source's time had changed */
	uint8_t stale_reason;  /* of the last stale pyc */
	uint8_t again;	       /* enum again, if again_writer is of an earlier start */
	const struct process *again_writer;
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
	struct module *writing;	 /* the module whose pyc it is writing */
	uint64_t writing_bytes;	 /* bytes of that pyc written so far */
	bool writing_short;	 /* the last write was short */
	bool writing_failed;	 /* a write failed, so the pyc is incomplete */
	struct module *shadowed; /* its last look-up found this pyc in the shadow */
	struct module *looked;	 /* the module of its last look-up */
	uint64_t looked_ns;	 /* when that was */
	bool cache_denied;	 /* deny mode refused the last mkdir of a __pycache__ */
	UT_hash_handle hh;
};

/* What a path in a recording means. */
struct path_meaning {
	uint64_t key;	       /* pyc_path_key() */
	struct module *module; /* NULL unless it is a pyc or a pyc's temporary file */
	enum pyc_class class;
};

struct path_slot;

/* Which process a token stands for in one recording. */
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
	struct thread *recent[THREAD_SLOTS]; /* cache: threads of this recording */
	struct path_slot *paths;	     /* cache: meanings of paths */
	const char *recording; /* the one being read; not owned, NULL: none */
};

void tables_init(struct tables *tables) NONNULL;
void tables_free(struct tables *tables) NONNULL;

/* Call this before the records of each recording.  The caller keeps its path valid. */
void tables_begin(struct tables *tables, const char *recording) NONNULL_ARGS(1);

/* Each of these returns an entry of a table, which it makes if there is none yet. */

/* The process that the token stands for in this recording. */
struct process *tables_process(struct tables *tables, uint64_t token) NONNULL;

/* The same for a process record, which tells who the process is. */
struct process *tables_announced(struct tables *tables,
				 const struct record_process *record) NONNULL;

struct thread *tables_thread(struct tables *tables, uint64_t token, uint32_t tid) NONNULL;

/* The module with this pyc. */
struct module *tables_module(struct tables *tables, const char *pyc,
			     size_t length) NONNULL;
/* The same, or NULL if there is none. */
const struct module *tables_find_module(const struct tables *tables, const char *pyc,
					size_t length) MUST_CHECK NONNULL;
struct tally *tables_tally(struct tables *tables, struct module *module,
			   const struct process *process) NONNULL;

/* A module's pyc in the shadow of a process; NULL if none is known and `make` is false. */
struct shadow_pyc *tables_shadow_pyc(struct tables *tables, struct module *module,
				     struct process *process, bool make) NONNULL;

/* What an absolute path means, from the cache where possible. */
struct path_meaning tables_meaning(struct tables *tables, const char *path) NONNULL;

/* Add `more` to `sum`, each total by itself. */
void totals_add(struct totals *sum, const struct totals *more) NONNULL;

/* Count `count` more failures with this errno. */
void error_counts_add(struct error_counts *counts, uint32_t error, int64_t count) NONNULL;

#endif
