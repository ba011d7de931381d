/* SPDX-License-Identifier: MIT */
/*
 * Does a program run or load a pyc by its own name, whether or not its source exists?
 * `python x.pyc` and runpy.run_path() first ask whether there is an importer for the
 * path.  So one thread makes the calls below on the path, and none on other bytecode in
 * between.  (PyPy makes some imports before the last call.)
 *
 *	stat		zipimport: is it a file?  (Lib/zipimport.py, zipimporter.__init__)
 *	open		zipimport: is it an archive?
 *	stat		FileFinder: is it a directory?  (path_hook_for_FileFinder in
 *			Lib/importlib/_bootstrap_external.py)
 *	open		the load (pymain_run_file in Modules/main.c, _get_code_from_file in
 *			Lib/runpy.py)
 *
 * A SourcelessFileLoader makes no such calls before it opens the pyc: loader.c knows it
 * by its reads.
 *
 * Called by trace/.  Pure: no I/O, errno untouched.  The state belongs to one thread
 * (struct thread).
 */
#ifndef PYCSHIM_DIRECT_H
#define PYCSHIM_DIRECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attributes.h"

struct direct {
	uint32_t path;	  /* a hash of the path */
	uint8_t stage;	  /* how many of the calls have been made; 0: none */
	bool interrupted; /* another call on bytecode came before the last of them */
};

/* The thread has called stat for a pyc that exists. */
void direct_looks(struct direct *direct, const char *path, size_t length) NONNULL;

/*
 * The thread has opened a pyc for reading: is this the load?  For a stream, whose reads
 * we do not see, only if no other call on bytecode was made in between.
 */
bool direct_opens(struct direct *direct, const char *path, size_t length,
		  bool stream) MUST_CHECK NONNULL;

/* The thread has made another call on bytecode. */
void direct_interrupted(struct direct *direct) NONNULL;

#endif
