/* SPDX-License-Identifier: MIT */
/*
 * See tables.h.  On the hot path of every read.
 */
#include "read/tables.h"

#include <stdlib.h>

#include "common/util.h"

#define PATH_SLOTS 4096 /* a power of two; 1 MiB */
#define PATH_SLOT_BYTES 216

/* A cached path and its meaning.  Longer paths are not cached. */
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

static void shadow_root_free(struct shadow_root *root)
{
	free(root->path);
	free(root);
}

/* Empty a table.  NOLINT: clang's analyzer does not see that HASH_DEL changes the head. */
#define FREE_ALL(head, item, next, free_item)                                            \
	HASH_ITER(hh, head, item, next)                                                  \
	{                                                                                \
		HASH_DEL(head, item); /* NOLINT */                                       \
		free_item(item);                                                         \
	}

void tables_free(struct tables *tables)
{
	struct process *process, *next_process;
	struct sighting *sighting, *next_sighting;
	struct shadow_root *root, *next_root;
	struct shadow_pyc *pyc, *next_pyc;
	struct module *module, *next_module;
	struct thread *thread, *next_thread;
	struct tally *tally, *next_tally;

	FREE_ALL(tables->tallies, tally, next_tally, free)
	FREE_ALL(tables->threads, thread, next_thread, free)
	FREE_ALL(tables->shadow_pycs, pyc, next_pyc, free)
	FREE_ALL(tables->shadow_roots, root, next_root, shadow_root_free)
	FREE_ALL(tables->modules, module, next_module, module_free)
	FREE_ALL(tables->sightings, sighting, next_sighting, free)
	FREE_ALL(tables->processes, process, next_process, process_free)
	free(tables->paths);
	memset(tables, 0, sizeof(*tables));
}

static void forget_recent(struct tables *tables)
{
	memset(tables->recent, 0, sizeof(tables->recent));
}

void tables_begin(struct tables *tables, const char *recording)
{
	if (tables->recording != recording)
		forget_recent(tables);
	tables->recording = recording;
}

static struct process *find_or_make_process(struct tables *tables, struct process_key key)
{
	struct process *process;

	HASH_FIND(hh, tables->processes, &key, sizeof(key), process);
	if (process)
		return process;
	process = xcalloc(1, sizeof(*process));
	process->key = key;
	process->executable = xstrdup("");
	process->command = xstrdup("");
	process->root = xstrdup("");
	process->recording = tables->recording;
	HASH_ADD(hh, tables->processes, key, sizeof(process->key), process);
	return process;
}

static struct sighting *find_or_make_sighting(struct tables *tables, uint64_t token)
{
	struct sighting_key key = {tables->recording, token};
	struct sighting *sighting;

	HASH_FIND(hh, tables->sightings, &key, sizeof(key), sighting);
	if (sighting)
		return sighting;
	sighting = xcalloc(1, sizeof(*sighting));
	sighting->key = key;
	HASH_ADD(hh, tables->sightings, key, sizeof(sighting->key), sighting);
	return sighting;
}

struct process *tables_process(struct tables *tables, uint64_t token)
{
	struct sighting *sighting = find_or_make_sighting(tables, token);

	if (!sighting->process)
		sighting->process = find_or_make_process(
			tables, (struct process_key){.token = token});
	return sighting->process;
}

struct process *tables_announced(struct tables *tables,
				 const struct record_process *record)
{
	struct process_key key = {record->record.process, record->start_ns, record->pid};
	struct sighting *sighting = find_or_make_sighting(tables, key.token);
	struct process *process = sighting->process, *known;

	if (process && process->known && process->pid == record->pid)
		return process; /* it announced itself again: its recording was emptied */
	HASH_FIND(hh, tables->processes, &key, sizeof(key), known);
	if (!known && process &&
	    !process->known) { /* its events came before its record */
		HASH_DEL(tables->processes, process); /* NOLINT: as above */
		process->key = key;
		HASH_ADD(hh, tables->processes, key, sizeof(process->key), process);
		return process;
	}
	sighting->process = known ? known : find_or_make_process(tables, key);
	if (sighting->process != process)
		forget_recent(tables);
	return sighting->process;
}

static struct thread *find_or_make_thread(struct tables *tables, uint64_t token,
					  uint32_t tid)
{
	struct process *process = tables_process(tables, token);
	struct thread_key key = {process, tid};
	struct thread *thread;

	HASH_FIND(hh, tables->threads, &key, sizeof(key), thread);
	if (thread)
		return thread;
	thread = xcalloc(1, sizeof(*thread));
	thread->key = key;
	thread->process = process;
	HASH_ADD(hh, tables->threads, key, sizeof(key), thread);
	return thread;
}

struct thread *tables_thread(struct tables *tables, uint64_t token, uint32_t tid)
{
	uint64_t words[] = {token, tid}, hash = record_mix(0, words, sizeof(words));
	struct thread **recent = &tables->recent[hash % THREAD_SLOTS];

	if (!*recent || (*recent)->process->key.token != token ||
	    (*recent)->key.tid != tid)
		*recent = find_or_make_thread(tables, token, tid);
	return *recent;
}

/* The root of the process's shadow; NULL: it recorded none. */
static const struct shadow_root *shadow_root_of(struct tables *tables,
						struct process *process)
{
	struct shadow_root *root;

	if (process->shadow || !*process->root)
		return process->shadow;
	HASH_FIND_STR(tables->shadow_roots, process->root, root);
	if (!root) {
		root = xcalloc(1, sizeof(*root));
		root->path = xstrdup(process->root);
		HASH_ADD_KEYPTR(hh, tables->shadow_roots, root->path, strlen(root->path),
				root);
	}
	process->shadow = root;
	return root;
}

static struct shadow_pyc *find_shadow_pyc(struct tables *tables, struct shadow_key key)
{
	struct shadow_pyc *pyc;

	HASH_FIND(hh, tables->shadow_pycs, &key, sizeof(key), pyc);
	return pyc;
}

static void add_shadow_pyc(struct tables *tables, struct shadow_pyc *pyc,
			   struct shadow_key key)
{
	pyc->key = key;
	HASH_ADD(hh, tables->shadow_pycs, key, sizeof(pyc->key), pyc);
}

/* A pyc in an unknown shadow is now taken to be in this one.  Returns it, or NULL. */
static struct shadow_pyc *adopt_shadow_pyc(struct tables *tables, struct shadow_key key)
{
	struct shadow_key nameless = {key.module, NULL};
	struct shadow_pyc *pyc = find_shadow_pyc(tables, nameless);

	if (!pyc)
		return NULL;
	HASH_DEL(tables->shadow_pycs, pyc); /* NOLINT: as above */
	add_shadow_pyc(tables, pyc, key);
	return pyc;
}

struct shadow_pyc *tables_shadow_pyc(struct tables *tables, struct module *module,
				     struct process *process, bool make)
{
	struct shadow_key key = {module, shadow_root_of(tables, process)};
	struct shadow_pyc *pyc = find_shadow_pyc(tables, key);

	if (!pyc)
		pyc = key.root ? adopt_shadow_pyc(tables, key) : module->shadow_pycs;
	if (pyc || !make)
		return pyc;
	pyc = xcalloc(1, sizeof(*pyc));
	pyc->next = module->shadow_pycs;
	module->shadow_pycs = pyc;
	add_shadow_pyc(tables, pyc, key);
	return pyc;
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

static struct module *module_find(const struct tables *tables, const char *pyc,
				  size_t length, unsigned hash)
{
	struct module *module;

	HASH_FIND_BYHASHVALUE(hh, tables->modules, pyc, length, hash, module);
	return module;
}

const struct module *tables_find_module(const struct tables *tables, const char *pyc,
					size_t length)
{
	return module_find(tables, pyc, length, (unsigned)keyed_hash(pyc, length));
}

struct module *tables_module(struct tables *tables, const char *pyc, size_t length)
{
	unsigned hash = (unsigned)keyed_hash(pyc, length);
	struct module *module = module_find(tables, pyc, length, hash);

	if (module)
		return module;
	module = module_new(pyc, length);
	HASH_ADD_KEYPTR_BYHASHVALUE(hh, tables->modules, module->pyc, length, hash,
				    module);
	return module;
}

struct tally *tables_tally(struct tables *tables, struct module *module,
			   const struct process *process)
{
	struct tally_key key = {module, process};
	struct tally *tally;

	HASH_FIND(hh, tables->tallies, &key, sizeof(key), tally);
	if (tally)
		return tally;
	tally = xcalloc(1, sizeof(*tally));
	tally->key = key;
	tally->next = module->tallies;
	module->tallies = tally;
	HASH_ADD(hh, tables->tallies, key, sizeof(key), tally);
	return tally;
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
