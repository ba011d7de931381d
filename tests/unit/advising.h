/* SPDX-License-Identifier: MIT */
/*
 * Makes recordings of processes that load modules in different ways, and gets the advice
 * on them.  For the tests of tools/answer/advice.c, waste.c and compileall.c.
 */
#ifndef PYCSHIM_TEST_ADVISING_H
#define PYCSHIM_TEST_ADVISING_H

#include <stdlib.h>

#include "answer/advice.h"
#include "check.h"
#include "records_modules.h"
#include "records_stats.h"

#define MODULES 10

static const char command[] = "gunicorn\0shop.wsgi";
static const char *root; /* shadow of later runs; NULL: they trace */
static uint32_t uid;	 /* user of later runs */

typedef void load(struct records *records, const struct records_module *module);

/* The process that was begun last loads MODULES in one way. */
static MAYBE_UNUSED void load_modules(struct records *records, load *way,
				      uint64_t compile_ns)
{
	struct records_module module;
	char stem[16];
	unsigned i;

	for (i = 0; i < MODULES; i++) {
		snprintf(stem, sizeof(stem), "m%u", i);
		module = records_module("/srv/app/shop", stem);
		module.compile_ns = compile_ns;
		way(records, &module);
	}
}

/* A recording of one process, which has loaded nothing yet. */
static MAYBE_UNUSED struct records one_process(void)
{
	struct records records;

	records_begin(&records);
	records_process(&records, 1, 1, command, sizeof(command));
	return records;
}

/*
 * A start of `processes` that load MODULES in the given way; several processes have a
 * parent.
 */
static MAYBE_UNUSED struct records run(unsigned processes, load *way, uint64_t compile_ns)
{
	struct records records;
	unsigned process;

	records_begin(&records);
	records.root = root;
	records.uid = uid;
	if (processes > 1) {
		records_process(&records, 1000, 1000, command, sizeof(command));
		records.parent_pid = 1000;
	}
	for (process = 0; process < processes; process++) {
		records_process(&records, process + 1, 2 + process, command,
				sizeof(command));
		load_modules(&records, way, compile_ns);
	}
	return records;
}

/* The text that is printed when there is no advice. */
static char comfort[200];

/* Get the advice on the recording, and free the recording. */
static MAYBE_UNUSED void advise(struct records *records, struct advices *advices)
{
	struct stats stats = records_stats(records);
	char *text;

	advice_find(&stats, advices);
	text = advice_none(&stats);
	snprintf(comfort, sizeof(comfort), "%s", text);
	free(text);
	stats_free(&stats);
}

static MAYBE_UNUSED const struct advice *find(const struct advices *advices,
					      const char *code)
{
	size_t i;

	for (i = 0; i < advices->count; i++)
		if (strcmp(advices->advice[i].code, code) == 0)
			return &advices->advice[i];
	return NULL;
}

static MAYBE_UNUSED void way_read_only(struct records *records,
				       const struct records_module *module)
{
	records_miss_mkdir(records, module, EROFS);
}

static MAYBE_UNUSED void way_full(struct records *records,
				  const struct records_module *module)
{
	records_miss_create(records, module, ENOSPC);
}

static MAYBE_UNUSED void way_stale(struct records *records,
				   const struct records_module *module)
{
	struct records_pyc old = module->valid;

	old.true_mtime = old.mtime + 1;
	records_stale(records, module, &old);
	records_event(records, RECORD_create, module->temporary, NULL, EROFS);
}

/* The last import of a process that is killed. */
static MAYBE_UNUSED void way_stale_unmeasured(struct records *records,
					      const struct records_module *module)
{
	struct records_pyc old = module->valid;

	old.true_mtime = old.mtime + 1;
	records_lookup(records, module->pyc, 0, &old);
	records_bytes(records, RECORD_read_source, module->source,
		      module->valid.source_bytes, RECORD_DIRECT);
	records_event(records, RECORD_create, module->temporary, NULL, EROFS);
}

/* pytest creates the directory before it looks for the pyc. */
static MAYBE_UNUSED void way_pytest(struct records *records,
				    const struct records_module *module)
{
	struct records_module own = *module;

	strcpy(own.pyc + strlen(own.pyc) - strlen(".pyc"), "-pytest-7.2.1.pyc");
	records_event(records, RECORD_mkdir, module->cache, NULL, EROFS);
	records->action = ACTION_pass;
	records_lookup(records, own.pyc, ENOENT, &module->valid);
	records_recompile(records, module);
}

static MAYBE_UNUSED void way_prefixed(struct records *records,
				      const struct records_module *module)
{
	struct records_module own = *module;

	snprintf(own.pyc, sizeof(own.pyc), "/tmp/prefix%.300s", module->source);
	strcpy(own.pyc + strlen(own.pyc) - strlen("py"), "cpython-311.pyc");
	records_lookup(records, own.pyc, ENOENT, &module->valid);
	records_recompile(records, &own);
	snprintf(own.temporary, sizeof(own.temporary), "%.400s.1234567", own.pyc);
	records_write(records, &own);
}

/*
 * All processes look before any has written; `apart`: each looks after the previous
 * wrote.
 */
static MAYBE_UNUSED struct records cold_start(unsigned processes, bool apart)
{
	struct records records = run(processes, records_hit, 0);
	struct records_module module;
	struct records_pyc old;
	unsigned i, process;
	char stem[16];

	for (i = 0; i < MODULES; i++) {
		snprintf(stem, sizeof(stem), "new%u", i);
		module = records_module("/srv/app/shop", stem);
		old = module.valid;
		old.true_mtime = old.mtime + 1;
		for (process = 1; process <= processes && !apart; process++) {
			records.process = records.tid = process;
			records_lookup(&records, module.pyc, ENOENT, &module.valid);
		}
		for (process = 1; process <= processes; process++) {
			records.process = records.tid = process;
			if (apart)
				records_lookup(&records, module.pyc, 0, &old);
			records_recompile(&records, &module);
			records_write(&records, &module);
		}
	}
	return records;
}

#endif
