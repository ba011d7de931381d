/* SPDX-License-Identifier: MIT */
/*
 * Records of the sequences of calls by which an interpreter loads a module, without a
 * real program.  Used for the same purposes as records.h.
 */
#ifndef PYCSHIM_TEST_RECORDS_MODULES_H
#define PYCSHIM_TEST_RECORDS_MODULES_H

#include "records.h"

#define MODULE_PATH_MAX 512

/* A module of CPython 3.11, with the names of all its files. */
struct records_module {
	char source[MODULE_PATH_MAX], pyc[MODULE_PATH_MAX], temporary[MODULE_PATH_MAX];
	char cache[MODULE_PATH_MAX]; /* the __pycache__ directory */
	struct records_pyc valid;
	uint64_t compile_ns;
};

static inline struct records_module records_module(const char *directory,
						   const char *stem)
{
	struct records_module module = {
		.valid = {3495, 0, 1690000000, 2000, 0, 0, 3000, false},
		.compile_ns = 1000000,
	};

	snprintf(module.source, MODULE_PATH_MAX, "%s/%s.py", directory, stem);
	snprintf(module.cache, MODULE_PATH_MAX, "%s/__pycache__", directory);
	snprintf(module.pyc, MODULE_PATH_MAX, "%s/__pycache__/%s.cpython-311.pyc",
		 directory, stem);
	snprintf(module.temporary, MODULE_PATH_MAX,
		 "%s/__pycache__/%s.cpython-311.pyc.140737351234567", directory, stem);
	return module;
}

static inline void records_hit(struct records *records,
			       const struct records_module *module)
{
	records_lookup(records, module->pyc, 0, &module->valid);
}

/* After a look-up that is no hit, the source is read and compiled. */
static inline void records_recompile(struct records *records,
				     const struct records_module *module)
{
	records_bytes(records, RECORD_read_source, module->source,
		      module->valid.source_bytes, RECORD_DIRECT);
	records_compile(records, module->source, module->compile_ns, RECORD_EXACT);
}

static inline void records_write(struct records *records,
				 const struct records_module *module)
{
	records_event(records, RECORD_create, module->temporary, NULL, 0);
	records_bytes(records, RECORD_write, module->temporary, module->valid.bytes, 0);
	records_event(records, RECORD_rename, module->temporary, module->pyc, 0);
}

static MAYBE_UNUSED void records_miss_written(struct records *records,
					      const struct records_module *module)
{
	records_lookup(records, module->pyc, ENOENT, &module->valid);
	records_recompile(records, module);
	records_write(records, module);
}

/* There is no __pycache__, and none can be created. */
static MAYBE_UNUSED void records_miss_mkdir(struct records *records,
					    const struct records_module *module,
					    int error)
{
	records_lookup(records, module->pyc, ENOENT, &module->valid);
	records_recompile(records, module);
	records_event(records, RECORD_mkdir, module->cache, NULL, error);
}

/* The __pycache__ exists but cannot be written. */
static MAYBE_UNUSED void records_miss_create(struct records *records,
					     const struct records_module *module,
					     int error)
{
	records_lookup(records, module->pyc, ENOENT, &module->valid);
	records_recompile(records, module);
	records_event(records, RECORD_create, module->temporary, NULL, error);
}

/* python -B: the compile has no end mark, and nothing is written. */
static MAYBE_UNUSED void records_miss_unwritten(struct records *records,
						const struct records_module *module)
{
	records_lookup(records, module->pyc, ENOENT, &module->valid);
	records_bytes(records, RECORD_read_source, module->source,
		      module->valid.source_bytes, RECORD_DIRECT);
	records_compile(records, module->source, module->compile_ns, 0);
}

static MAYBE_UNUSED void records_stale(struct records *records,
				       const struct records_module *module,
				       const struct records_pyc *pyc)
{
	records_lookup(records, module->pyc, 0, pyc);
	records_recompile(records, module);
}

#endif
