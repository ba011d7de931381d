/*
 * See waste.h.  Runs in pycstat.
 */
#include "waste.h"

#include <errno.h>
#include <string.h>

#include "compileall.h"
#include "pyc_size.h"
#include "stats_module.h"
#include "stats_process.h"

#define LITTLE 10 /* times fewer than in another process */
#define MANY 10	  /* processes that compiled one module each */

enum waste_cause waste_cause_of_error(uint32_t error)
{
	switch (error) {
	case EROFS:
	case EACCES:
	case EPERM:
		return WASTE_READ_ONLY;
	case ENOSPC:
	case EDQUOT:
	case EFBIG:
		return WASTE_FULL;
	case EEXIST: /* two processes wrote the same temporary: one of them was kept */
		return WASTE_REPEATED;
	default:
		return WASTE_OTHER_ERROR;
	}
}

int64_t waste_compile_ns(const struct module *module)
{
	int64_t measured = module->measured;

	return measured > 0 ? module->totals.count[VERDICT_compile_ns] / measured : 0;
}

/* `compiles` of this module were for nothing, but for `kept` of them. */
static void add(struct waste *waste, const struct module *module, int64_t compiles,
		int64_t kept, int64_t bytes)
{
	int64_t each = waste_compile_ns(module);
	int64_t repeat_ns = amount_times(each, compiles - 1);

	if (compiles <= 0)
		return;
	if (compileall_makes(module)) {
		waste->ahead_ns = amount_add(waste->ahead_ns,
					     amount_times(each, compiles - kept));
		waste->ahead_bytes = amount_add(waste->ahead_bytes, amount_pages(bytes));
	}
	waste->modules++;
	waste->compiles = amount_add(waste->compiles, compiles);
	waste->cost_ns = amount_add(waste->cost_ns, amount_times(each, compiles));
	waste->repeat_ns = amount_add(waste->repeat_ns, repeat_ns);
	waste->late_ns = amount_add(waste->late_ns, module->late_ns < repeat_ns
							    ? module->late_ns
							    : repeat_ns);
	waste->bytes = amount_add(waste->bytes, amount_pages(bytes));
}

/* The length of the PYTHONPYCACHEPREFIX that a pyc is below; 0: it is beside its source. */
static size_t prefix_bytes(const struct module *module)
{
	const char *end = strrchr(module->source, '.');
	size_t stem = end ? (size_t)(end - module->source) : 0;

	/* PREFIX/srv/app/shop.cpython-311.pyc of /srv/app/shop.py */
	if (!module->source_read || !stem || module->tag <= stem + 1 ||
	    memcmp(module->pyc + module->tag - 1 - stem, module->source, stem) != 0)
		return 0;
	return module->tag - 1 - stem;
}

static void add_hidden(struct waste *waste, const struct module *module, int64_t bytes)
{
	size_t prefix = prefix_bytes(module);

	if (!prefix || module->totals.count[VERDICT_misses] <= 0)
		return;
	waste->prefix = module->pyc;
	waste->prefix_bytes = prefix;
	add(waste, module, module->totals.count[VERDICT_misses], 0, bytes);
}

/*
 * Of a module that was compiled and not kept by a process that compiled nothing else,
 * nobody knows whether that was wanted, or whether it does not compile; a few of these
 * cost little.  Of many, that are of several modules, the setting is certain.
 */
static void count_unsure(const struct stats *stats, struct waste *unattempted)
{
	const struct process *process;
	const struct module *module;
	unsigned processes = 0, modules = 0;

	for (process = stats->tables.processes; process; process = process->hh.next)
		processes += stats_process_unattempted(process) == UNATTEMPTED_UNSURE;
	if (processes < MANY)
		return;
	for (module = stats->tables.modules; module; module = module->hh.next)
		modules += stats_module_unattempted(module) == UNATTEMPTED_UNSURE;
	unattempted->single = true;
	unattempted->unsure = modules == 1;
}

/* Is that why something was not kept, and does it count? */
static bool counts(const struct waste *waste, enum unattempted why)
{
	return why == UNATTEMPTED_SETTING ||
	       (why == UNATTEMPTED_UNSURE && waste[WASTE_NOT_ATTEMPTED].single);
}

static void add_module(struct waste *waste, const struct module *module,
		       const struct pyc_size *size)
{
	const int64_t *count = module->totals.count;
	int64_t bytes = pyc_size_of(module, size);
	int64_t failed = count[VERDICT_write_failed];
	enum waste_cause cause = waste_cause_of_error((uint32_t)module->last_write_error);

	if (cause == WASTE_REPEATED) /* the sibling's is there */
		failed = 0;
	if (module->repeats > 0)
		add(&waste[WASTE_REPEATED], module, module->repeats + 1, 1, 0);
	add_hidden(&waste[WASTE_HIDDEN], module, bytes);
	/* what was kept in the end costs nothing from now on */
	if (module->written_ns > module->last_unkept_ns)
		return;
	add(&waste[cause], module, failed - module->denied, 0, bytes);
	if (counts(waste, stats_module_unattempted(module)))
		add(&waste[WASTE_NOT_ATTEMPTED], module, count[VERDICT_not_attempted], 0,
		    bytes);
	if (module->last_stale_ns > module->written_ns)
		add(&waste[WASTE_STALE], module, count[VERDICT_stale], 0, bytes);
}

/* The errno and the stale reason that most processes met. */
static void find_most(const struct stats *stats, struct waste *waste)
{
	int64_t most[WASTE_CAUSES] = {0};
	enum waste_cause cause;
	unsigned i;

	for (i = 0; i < ERROR_COUNTS; i++) {
		cause = waste_cause_of_error(stats->errors.slot[i].error);
		if (stats->errors.slot[i].count <= most[cause])
			continue;
		most[cause] = stats->errors.slot[i].count;
		waste[cause].error = stats->errors.slot[i].error;
	}
	for (i = 1; i < STALE_COUNT; i++)
		if (stats->totals.stale_reason[i] >
		    stats->totals.stale_reason[waste[WASTE_STALE].stale_reason])
			waste[WASTE_STALE].stale_reason = i;
}

static bool is_recorded(const struct stats *stats, uint32_t pid)
{
	const struct process *process;

	for (process = stats->tables.processes; process; process = process->hh.next)
		if (process->known && process->pid == pid)
			return true;
	return false;
}

/* A process's compiles by what came of them. */
static void count_compiles(const struct process *process, const struct waste *waste,
			   int64_t compiles[WASTE_CAUSES])
{
	const int64_t *count = process->totals.count;
	enum waste_cause cause;
	size_t i;

	memset(compiles, 0, WASTE_CAUSES * sizeof(*compiles));
	for (i = 0; i < ERROR_COUNTS && process->mode != MODE_deny; i++) {
		cause = waste_cause_of_error(process->errors.slot[i].error);
		compiles[cause] = amount_add(compiles[cause],
					     process->errors.slot[i].count);
	}
	if (counts(waste, stats_process_unattempted(process)))
		compiles[WASTE_NOT_ATTEMPTED] = count[VERDICT_not_attempted];
	compiles[WASTE_REPEATED] = count[VERDICT_written];
	compiles[WASTE_STALE] = count[VERDICT_stale];
}

static void find_most_compiles(const struct stats *stats, struct waste *waste)
{
	int64_t compiles[WASTE_CAUSES];
	const struct process *process;
	size_t i;

	for (process = stats->tables.processes; process; process = process->hh.next) {
		count_compiles(process, waste, compiles);
		for (i = 0; i < WASTE_CAUSES; i++)
			if (compiles[i] > waste[i].most)
				waste[i].most = compiles[i];
	}
}

/* What a process compiled at least to be counted: much, or with others that is much. */
static void find_least(const struct stats *stats, const struct waste *waste,
		       int64_t least[WASTE_CAUSES])
{
	int64_t compiles[WASTE_CAUSES], little[WASTE_CAUSES] = {0};
	const struct process *process;
	size_t i;

	for (process = stats->tables.processes; process; process = process->hh.next) {
		count_compiles(process, waste, compiles);
		for (i = 0; i < WASTE_CAUSES; i++)
			if (compiles[i] > 0 && compiles[i] <= waste[i].most / LITTLE)
				little[i] = amount_add(little[i], compiles[i]);
	}
	for (i = 0; i < WASTE_CAUSES; i++)
		least[i] = little[i] > waste[i].most ? 1 : waste[i].most / LITTLE + 1;
}

static void add_process(const struct stats *stats, struct waste *waste,
			const struct process *process, int64_t compiles, uint32_t *parent)
{
	if (!waste->processes) {
		waste->fewest = compiles;
		waste->siblings = is_recorded(stats, process->parent_pid);
		*parent = process->parent_pid;
	}
	waste->processes++;
	waste->siblings &= *parent == process->parent_pid;
	waste->fewest = compiles < waste->fewest ? compiles : waste->fewest;
	waste->redirected |= process->mode == MODE_redirect && *process->root;
	waste->unshadowed |= process->mode == MODE_redirect && !*process->root;
	if (!stats_process_start_up_ns(process))
		return;
	waste->process_compile_ns = amount_add(waste->process_compile_ns,
					       process->totals.count[VERDICT_compile_ns]);
	waste->start_up_ns = amount_add(waste->start_up_ns,
					stats_process_start_up_ns(process));
}

static void add_processes(const struct stats *stats, struct waste *waste)
{
	uint32_t parents[WASTE_CAUSES] = {0};
	int64_t compiles[WASTE_CAUSES], least[WASTE_CAUSES];
	const struct process *process;
	size_t i;

	find_most_compiles(stats, waste);
	find_least(stats, waste, least);
	for (process = stats->tables.processes; process; process = process->hh.next) {
		count_compiles(process, waste, compiles);
		for (i = 0; i < WASTE_CAUSES; i++)
			if (compiles[i] >= least[i])
				add_process(stats, &waste[i], process, compiles[i],
					    &parents[i]);
	}
}

void waste_measure(const struct stats *stats, struct waste waste[WASTE_CAUSES])
{
	struct pyc_size size = pyc_size_measure(stats);
	const struct module *module;

	memset(waste, 0, WASTE_CAUSES * sizeof(*waste));
	count_unsure(stats, &waste[WASTE_NOT_ATTEMPTED]);
	for (module = stats->tables.modules; module; module = module->hh.next)
		add_module(waste, module, &size);
	add_processes(stats, waste);
	find_most(stats, waste);
}
