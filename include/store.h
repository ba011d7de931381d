/* SPDX-License-Identifier: MIT */
/*
 * The store: bytecode by content.  This header is the specification of its directory, which
 * the library fills and uses, and pycstat lists, bounds and verifies.
 *
 *	STORE/HH/HASH.TAG.MAGIC		an entry
 *	STORE/HH/.HASH.TAG.MAGIC.N	an entry that is being written
 *	STORE/sizes			how many bytes each of the HH holds (struct store_sizes)
 *	STORE/locks			ranges of it are locked while a process compiles (flight.h)
 *
 * HASH is the content hash of a source (content.h), 64 hexadecimal digits, of which HH are
 * the first two.  TAG is the tag of the pyc's name with its optimisation (cpython-312,
 * cpython-312.opt-1), MAGIC the number that its header begins with, in decimal (3531).  Only
 * tags of an interpreter's own compiler are stored (store_tag_is_own()).
 *
 * An entry is a struct store_entry, the path of the source that it was compiled from, and the
 * code object as it stands in a pyc behind the header.  It is written beside its place and
 * renamed there, and never changed: only its modification time is, which is when it was used
 * last.  A reader believes an entry whose `check` is right and whose key is the one that it
 * looked for, and no other.
 *
 * Trust: an entry is code.  It is used if it and the directories above it belong to this user
 * or to root, and nobody else can write them.
 */
#ifndef PYCSHIM_STORE_H
#define PYCSHIM_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attributes.h"
#include "content.h"

#define STORE_VERSION 1
#define STORE_MAGIC (0x00435953u | (uint32_t)STORE_VERSION << 24) /* "SYC", version */

#define STORE_SIZES "sizes"
#define STORE_LOCKS "locks"
#define STORE_PARTS 256 /* directories HH */

/* The longest tag with its optimisation. */
#define STORE_TAG_MAX 40

/* Room for HH/HASH.TAG.MAGIC with the NUL. */
#define STORE_NAME_BYTES (3 + 2 * CONTENT_BYTES + 1 + STORE_TAG_MAX + 1 + 10 + 1)

/* The longest source or code object that is stored. */
#define STORE_CONTENT_MAX (64u << 20)

struct store_key {
	struct content source;	     /* as the interpreter read it */
	uint32_t magic;		     /* the number, without "\r\n" */
	char tag[STORE_TAG_MAX + 4]; /* NUL-terminated, padded with NULs */
};

struct store_entry {
	uint32_t magic;	     /* STORE_MAGIC */
	uint32_t path_bytes; /* of the path behind this, with its NUL */
	uint64_t check;	     /* content_check() of all that follows */
	struct store_key key;
	uint64_t code_bytes;
	uint64_t cpu_ns;  /* what compiling it took, of the thread; 0: not known */
	uint64_t made_ns; /* since the epoch */
			  /* the path of the source, then the code object */
};

struct store_sizes {
	uint64_t bytes
		[STORE_PARTS]; /* about right; counted anew when entries are removed */
};

/*
 * Is this the tag of an interpreter's own compiler, with or without an optimisation?
 * Rewriters, such as pytest, have tags of their own.
 */
bool store_tag_is_own(const char *tag, size_t length) MUST_CHECK NONNULL;

/* Write an entry's name, relative to the store. */
void store_name(char name[STORE_NAME_BYTES], const struct store_key *key) NONNULL;

/*
 * Is this file, of `bytes` bytes, a whole entry?  `key`: of this key; NULL: of the one that it
 * names itself.
 */
bool store_entry_is_valid(const struct store_entry *entry, uint64_t bytes,
			  const struct store_key *key) MUST_CHECK NONNULL_ARGS(1);

/* The path of the source that it was compiled from, and the code object. */
const char *store_entry_path(const struct store_entry *entry) NONNULL;
const uint8_t *store_entry_code(const struct store_entry *entry) NONNULL;

_Static_assert(sizeof(struct store_key) == 80, "the format is fixed");
_Static_assert(sizeof(struct store_entry) == 120, "the format is fixed");

#endif
