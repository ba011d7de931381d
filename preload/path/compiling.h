/* SPDX-License-Identifier: MIT */
/*
 * Does a thread write new bytecode, or does it copy a pyc that exists already?  Deny
 * refuses the first and allows the second.  The call itself does not tell; the earlier
 * calls of the same thread do.  These are the sequences of the programs that matter:
 *
 *	import		stat(m.py) open(m.py) mkdir(__pycache__) open(m.TAG.pyc.NUMBER, O_EXCL)
 *	py_compile	open(m.py) mkdir(__pycache__) open(m.TAG.pyc.NUMBER, O_EXCL)
 *	pytest		stat(m.py) mkdir(__pycache__) open(m.py) open(m.TAG.pyc.PID, O_TRUNC)
 *	import in 2.7	fopen(m.py) fopen(m.pyc, "r") open(m.pyc, O_EXCL | O_TRUNC)
 *	py_compile in 2.7  fopen(m.py) fopen(m.pyc, "w")
 *	shutil		mkdir(TO/__pycache__) open(FROM/m.pyc) open(TO/m.pyc, O_TRUNC)
 *	zipfile, tarfile  open(m.py, O_TRUNC) mkdir(__pycache__) open(m.pyc, O_TRUNC)
 *
 * (CPython: _write_atomic and set_data in Lib/importlib/_bootstrap_external.py,
 * Lib/py_compile.py, Lib/shutil.py, and open_exclusive in 2.7's Python/import.c; pytest:
 * _pytest/assertion/rewrite.py.)
 *
 * In most cases deny.c knows new bytecode by names and flags.  The state kept here
 * decides three others: a __pycache__, 2.7's py_compile, and a pyc whose temporary name
 * is of another kind (pytest before 5.2).
 *
 * Called by view/deny.c.  All paths are absolute.  Pure: no I/O, errno untouched.
 * The state belongs to one thread (struct thread).
 */
#ifndef PYCSHIM_COMPILING_H
#define PYCSHIM_COMPILING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attributes.h"

/* A source that the thread has opened for reading, and may be compiling. */
struct compiling_source {
	uint32_t place; /* a hash of its directory; 0: no source */
	uint32_t stem;	/* pyc_path_stem_hash() of its name */
	bool by_stdio;	/* fopen(): 2.7, and 3.x for the main program only */
	bool copied;	/* a pyc of this name was opened for reading afterwards */
};

/* A compile may import a codec before it is done, which may import other modules. */
#define COMPILING_SOURCES 4

struct compiling {
	uint32_t looked_in; /* place of the source that stat saw last; 0: none */
	struct compiling_source source[COMPILING_SOURCES]; /* the latest first */
};

/* The thread has called stat for a source. */
void compiling_looks(struct compiling *compiling, const char *path,
		     size_t length) NONNULL;

/* The thread has opened a source for reading. */
void compiling_reads(struct compiling *compiling, const char *path, size_t length,
		     bool by_stdio) NONNULL;

/* The thread has opened a pyc for reading, or (not `opened`) has tried to. */
void compiling_reads_pyc(struct compiling *compiling, const char *path, size_t length,
			 bool opened) NONNULL;

/*
 * The thread does something that no compile does: it changes a source, removes or writes
 * a pyc that deny allowed, or lists a __pycache__.  So it did not read its sources to
 * compile them: forget them.
 */
void compiling_ends(struct compiling *compiling) NONNULL;

/*
 * The thread was refused to make this pyc or __pycache__.  A compile tries only once, so
 * forget its source.  Other sources stay: this compile may be nested in theirs.
 */
void compiling_was_refused(struct compiling *compiling, const char *path,
			   size_t length) NONNULL;

/* The thread makes a __pycache__: will it hold new bytecode? */
bool compiling_makes_cache(const struct compiling *compiling, const char *path,
			   size_t length) MUST_CHECK NONNULL;

/* The thread opens a pyc for writing, without O_EXCL: is it 2.7's py_compile? */
bool compiling_writes_pyc(const struct compiling *compiling, const char *path,
			  size_t length) MUST_CHECK NONNULL;

/* The thread renames a file to this pyc: is it new bytecode? */
bool compiling_names_pyc(const struct compiling *compiling, const char *path,
			 size_t length) MUST_CHECK NONNULL;

#endif
