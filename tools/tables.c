/*
 * See tables.h.  Runs in pycstat, in one thread; on the hot path of every read.
 */
#include "tables.h"

#include <stdlib.h>

#include "util.h"

#define PATH_SLOTS 4096 /* a power of two; 1 MiB */
#define PATH_SLOT_BYTES 216

/* One path and its meaning.  A path that is longer is worked out each time. */
struct path_slot {
	uint64_t hash;
	struct path_meaning meaning;
	char path[PATH_SLOT_BYTES];
};

void tables_init(struct tables *tables)
{
	memset(tables, 0, sizeof(*tables));
	tables->paths = xcalloc(PATH_SLOTS, sizeof(*tables->paths));
}

static void module_free(struct module *module)
{
	struct shadow_pyc *pyc;

	while ((pyc = module->shadow_pycs)) {
		module->shadow_pycs = pyc->next;
		free(pyc);
	}
	free(module->pyc);
	free(module->source);
	free(module);
}

static void process_free(struct process *process)
{
	free(process->executable);
	free(process->command);
	free(process->root);
	free(process->node);
	free(process);
}

/* NOLINT: the analyzer loses sight of the head that HASH_DEL moves on. */
void tables_free(struct tables *tables)
{
	struct process *process, *next_process;
	struct module *module, *next_module;
	struct thread *thread, *next_thread;

	HASH_ITER(hh, tables->threads, thread, next_thread)
	{
		HASH_DEL(tables->threads, thread); /* NOLINT */
		free(thread);
	}
	HASH_ITER(hh, tables->modules, module, next_module)
	{
		HASH_DEL(tables->modules, module); /* NOLINT */
		module_free(module);
	}
	HASH_ITER(hh, tables->processes, process, next_process)
	{
		HASH_DEL(tables->processes, process); /* NOLINT */
		process_free(process);
	}
	free(tables->paths);
	memset(tables, 0, sizeof(*tables));
}

struct process *tables_process(struct tables *tables, uint64_t token)
{
	struct process *process;

	HASH_FIND(hh, tables->processes, &token, sizeof(token), process);
	if (process)
		return process;
	process = xcalloc(1, sizeof(*process));
	process->token = token;
	process->executable = xstrdup("");
	process->command = xstrdup("");
	process->root = xstrdup("");
	process->recording = tables->recording;
	HASH_ADD(hh, tables->processes, token, sizeof(token), process);
	return process;
}

static struct thread *thread_find(struct tables *tables, struct thread_key key)
{
	struct thread *thread;

	HASH_FIND(hh, tables->threads, &key, sizeof(key), thread);
	if (thread)
		return thread;
	thread = xcalloc(1, sizeof(*thread));
	thread->key = key;
	thread->process = tables_process(tables, key.process);
	HASH_ADD(hh, tables->threads, key, sizeof(key), thread);
	return thread;
}

struct thread *tables_thread(struct tables *tables, uint64_t process, uint32_t tid)
{
	struct thread_key key = {process, tid};
	uint64_t hash = record_mix(0, &key, sizeof(key));
	struct thread **recent = &tables->recent[hash % THREAD_SLOTS];

	if (!*recent || (*recent)->key.process != process || (*recent)->key.tid != tid)
		*recent = thread_find(tables, key);
	return *recent;
}

/* DIR/__pycache__/STEM.TAG.pyc and DIR/STEM.pyc come from DIR/STEM.py. */
static char *source_of(const char *pyc, const struct pyc_path_parts *parts)
{
	size_t directory = parts->base;

	if (parts->in_cache)
		directory -= PYCACHE_LENGTH + 1;
	return xasprintf("%.*s%.*s.py", (int)directory, pyc,
			 (int)(parts->stem_end - parts->base), pyc + parts->base);
}

static struct module *module_new(const char *pyc, size_t length)
{
	struct pyc_path_parts parts = pyc_path_split(pyc, length);
	struct module *module = xcalloc(1, sizeof(*module));

	module->pyc = xmalloc(length + 1);
	memcpy(module->pyc, pyc, length);
	module->pyc[length] = '\0';
	module->pyc_length = (uint32_t)length;
	module->tag = (uint32_t)parts.tag;
	module->tag_length = parts.tag ? (uint32_t)(parts.tag_end - parts.tag) : 0;
	module->source = source_of(pyc, &parts);
	module->last_stale_reason = -1;
	return module;
}

struct module *tables_module(struct tables *tables, const char *pyc, size_t length)
{
	unsigned hash = (unsigned)record_hash(pyc, length);
	struct module *module;

	HASH_FIND_BYHASHVALUE(hh, tables->modules, pyc, length, hash, module);
	if (module)
		return module;
	module = module_new(pyc, length);
	HASH_ADD_KEYPTR_BYHASHVALUE(hh, tables->modules, module->pyc, length, hash,
				    module);
	return module;
}

static struct path_meaning meaning_of(struct tables *tables, const char *path,
				      size_t length)
{
	struct path_meaning meaning = {.class = pyc_path_class(path, length)};

	length = pyc_path_trim(path, length);
	meaning.key = pyc_path_key(path, length);
	if (meaning.class == PYC_FILE || meaning.class == PYC_TEMPORARY)
		meaning.module = tables_module(tables, path,
					       pyc_path_untemporary(path, length));
	return meaning;
}

struct path_meaning tables_meaning(struct tables *tables, const char *path)
{
	size_t length = strlen(path);
	uint64_t hash = record_hash(path, length);
	struct path_slot *slot = &tables->paths[hash % PATH_SLOTS];

	if (unlikely(length >= PATH_SLOT_BYTES))
		return meaning_of(tables, path, length);
	if (slot->hash == hash && memcmp(slot->path, path, length + 1) == 0)
		return slot->meaning;
	slot->meaning = meaning_of(tables, path, length);
	slot->hash = hash;
	memcpy(slot->path, path, length + 1);
	return slot->meaning;
}

void totals_add(struct totals *sum, const struct totals *more)
{
	size_t i;

	for (i = 0; i < VERDICT_TOTALS; i++)
		sum->count[i] = amount_add(sum->count[i], more->count[i]);
	for (i = 0; i < STALE_COUNT; i++)
		sum->stale_reason[i] = amount_add(sum->stale_reason[i],
						  more->stale_reason[i]);
}

void error_counts_add(struct error_counts *counts, uint32_t error, int64_t count)
{
	size_t i;

	for (i = 0; i < ERROR_COUNTS - 1; i++)
		if (counts->slot[i].error == error ||
		    (!counts->slot[i].error && !counts->slot[i].count))
			break;
	counts->slot[i].error = i < ERROR_COUNTS - 1 ? error : 0;
	counts->slot[i].count = amount_add(counts->slot[i].count, count);
}
