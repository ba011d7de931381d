/*
 * See starts.h.  Runs in pycstat.
 *
 * A parent is looked for by its pid.  Pids are used again, so it is the process that had
 * the pid last before the child began; and they are those of one node, so it must be in
 * the same recording and on the same node.
 */
#include "starts.h"

#include <stdlib.h>

#include "util.h"

struct pid_key {
	const char *recording;
	uint64_t node; /* the hash of its name; 0: not recorded */
	uint64_t pid;
};

/* Who has a pid, as far as the processes were looked at. */
struct pid_owner {
	struct pid_key key;
	struct process *process;
	UT_hash_handle hh;
};

static struct pid_key key_of(const struct process *process, uint32_t pid)
{
	return (struct pid_key){
		.recording = process->recording,
		.node = process->node ? record_hash(process->node, strlen(process->node))
				      : 0,
		.pid = pid,
	};
}

/* Of two that began at the same time, the one that was recorded first goes first. */
static int began_earlier(const void *a, const void *b)
{
	const struct process *left = *(struct process *const *)a,
			     *right = *(struct process *const *)b;

	if (left->start_ns != right->start_ns)
		return left->start_ns < right->start_ns ? -1 : 1;
	return (left->number > right->number) - (left->number < right->number);
}

/* All processes in the order in which they began.  The caller frees it. */
static struct process **sort(const struct tables *tables, size_t count)
{
	struct process **sorted = xcalloc(count + 1, sizeof(struct process *)), *process;
	unsigned number = 0;

	for (process = tables->processes; process; process = process->hh.next) {
		sorted[number] = process;
		process->number = number++;
	}
	qsort(sorted, count, sizeof(struct process *), began_earlier);
	return sorted;
}

unsigned starts_find(struct tables *tables)
{
	size_t count = HASH_COUNT(tables->processes), i;
	struct process **sorted = sort(tables, count), *process;
	struct pid_owner *owners = NULL, *owner, *next;
	struct pid_key key;
	unsigned starts = 0;

	for (i = 0; i < count; i++) {
		process = sorted[i];
		owner = NULL;
		if (process->known) {
			key = key_of(process, process->parent_pid);
			HASH_FIND(hh, owners, &key, sizeof(key), owner);
		}
		process->parent = owner ? owner->process : NULL;
		process->start = owner ? owner->process->start : starts++;
		if (!process->known)
			continue;
		key = key_of(process, process->pid);
		HASH_FIND(hh, owners, &key, sizeof(key), owner);
		if (!owner) {
			owner = xcalloc(1, sizeof(*owner));
			owner->key = key;
			HASH_ADD(hh, owners, key, sizeof(owner->key), owner);
		}
		owner->process = process;
	}
	HASH_ITER(hh, owners, owner, next)
	{
		HASH_DEL(owners, owner); /* NOLINT: see tables_free() */
		free(owner);
	}
	free(sorted);
	return starts;
}
