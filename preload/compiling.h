/*
 * Does a thread write new bytecode, or copy what is somewhere already?  Deny refuses the
 * first and lets the second pass.  No call says which of the two it is; it follows from
 * what the same thread has done before, in the calls that Pythons make:
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
 * So names and flags tell new bytecode in most cases (deny.c).  What is kept here decides
 * the others: a __pycache__, 2.7's py_compile, and a pyc that had a temporary name of
 * another kind (pytest before 5.2).
 *
 * Paths are absolute.  Pure: no I/O, errno untouched; the caller owns the state, which is
 * one thread's.
 */
#ifndef PYCSHIM_COMPILING_H
#define PYCSHIM_COMPILING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attributes.h"

/* A source that the thread has opened for reading, and may be compiling. */
struct compiling_source {
	uint32_t place; /* pyc_path_place() of its path; 0: no source */
	uint32_t stem;	/* pyc_path_stem_hash() of its name */
	bool by_stdio;	/* as 2.7 does, and 3.x only for the program itself */
	bool copied;	/* a pyc of the same name was opened for reading since */
};

/* A compile may import a codec in its middle, and that may import others. */
#define COMPILING_SOURCES 4

struct compiling {
	uint32_t looked_in; /* place of the source that was looked at last; 0: none */
	struct compiling_source source[COMPILING_SOURCES]; /* the latest first */
};

/* The thread has looked at a source (stat), or opened it for reading. */
void compiling_looks(struct compiling *compiling, const char *path,
		     size_t length) NONNULL;
void compiling_reads(struct compiling *compiling, const char *path, size_t length,
		     bool by_stdio) NONNULL;

/* It has opened a pyc for reading, or tried to. */
void compiling_reads_pyc(struct compiling *compiling, const char *path, size_t length,
			 bool opened) NONNULL;

/*
 * It does what no compile does: it changes a source, removes or writes a pyc that was let
 * pass, or lists a __pycache__.  What it has read before was not for a compile.
 */
void compiling_ends(struct compiling *compiling) NONNULL;

/*
 * It was refused to make this pyc or __pycache__.  A compile tries once, so what the thread
 * does later is something else; but another compile, in whose middle this one was, goes on.
 */
void compiling_was_refused(struct compiling *compiling, const char *path,
			   size_t length) NONNULL;

/* Is a __pycache__ that it makes for new bytecode? */
bool compiling_makes_cache(const struct compiling *compiling, const char *path,
			   size_t length) MUST_CHECK NONNULL;

/* Is a pyc that it opens for writing, not exclusively, new bytecode, as in 2.7? */
bool compiling_writes_pyc(const struct compiling *compiling, const char *path,
			  size_t length) MUST_CHECK NONNULL;

/* Is a pyc to which it gives its name new bytecode? */
bool compiling_names_pyc(const struct compiling *compiling, const char *path,
			 size_t length) MUST_CHECK NONNULL;

#endif
