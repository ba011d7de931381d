/* SPDX-License-Identifier: MIT */
/*
 * Checks the entries of a store: whether they are whole, whether only this user or root can
 * have made them, and, of a sample, whether their sources compile to the same code.
 * Used by `pycstat store verify`.
 *
 * It does not change when an entry was used.  Only entries that can be trusted are given to
 * an interpreter, because marshal is not safe against crafted bytes.
 */
#ifndef PYCSHIM_STORE_VERIFY_H
#define PYCSHIM_STORE_VERIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "answer/store_python.h"
#include "attributes.h"
#include "read/store_list.h"

enum store_fault {
	STORE_FAULT_DAMAGED,
	STORE_FAULT_UNTRUSTED,
	STORE_FAULT_DIFFERS,
};

struct store_problem {
	enum store_fault fault;
	char name[STORE_NAME_BYTES];
	char *path; /* of the source; NULL: not known */
	char why[STORE_WHY_BYTES];
	bool removed;
};

#define STORE_SAMPLE_ALL SIZE_MAX

struct store_verify {
	/* what to do */
	size_t checks;	    /* how many entries to check, STORE_SAMPLE_ALL: all */
	size_t compiles;    /* how many of these to compile, if they can be */
	const char *python; /* the interpreter; NULL: those in PATH */
	bool remove;	    /* remove entries with a fault */

	/* what was found */
	int64_t checked, damaged, untrusted;
	int64_t compared, differing; /* compiled anew; of these, those that differ */
	int64_t no_source;	     /* the source is gone, changed, or may not be read */
	int64_t no_python; /* there is no interpreter with its tag and magic number */
	int64_t unknown;   /* the interpreter ended, or took too long */
	int64_t removed;
	struct store_problem *problem; /* those entries that have a fault */
	size_t problem_count, problem_room;
	int error; /* errno of an entry that could not be read or removed; 0: none */
};

void store_verify(struct store_verify *verify, struct store_list *list) NONNULL;
void store_verify_free(struct store_verify *verify) NONNULL;

/*
 * What is wrong with the `bytes` bytes of a file that should be the entry of this key, for
 * a message; NULL: nothing.  Pure.
 */
const char *store_entry_problem(const struct store_entry *entry, uint64_t bytes,
				const struct store_key *key) MUST_CHECK NONNULL;

#endif
