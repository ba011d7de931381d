/* SPDX-License-Identifier: MIT */
/*
 * See starts.h.
 *
 * The parent of a process is found by its pid.  Pids are reused, so it is the last process
 * that got that pid before the child began.  Pids are those of one machine, so it must be
 * in the same recording and on the same node.
 */
#include "read/starts.h"

#include <stdlib.h>

#include "common/util.h"

struct pid_key {
	const char *recording;
	uint64_t node; /* the hash of the node's name; 0: not recorded */
	uint64_t pid;
};

/* The last process with a pid, among those visited so far. */
struct pid_owner {
	struct pid_key key;
	struct process *process;
	UT_hash_handle hh;
};

static struct pid_key pid_key_of(const struct process *process, uint32_t pid)
{
	return (struct pid_key){
		.recording = process->recording,
		.node = process->node ? record_hash(process->node, strlen(process->node))
				      : 0,
		.pid = pid,
	};
}

/* For qsort(): by time, and at equal times in the order of recording. */
static int began_earlier(const void *a, const void *b)
{
	const struct process *left = *(struct process *const *)a,
			     *right = *(struct process *const *)b;

	if (left->start_ns != right->start_ns)
		return left->start_ns < right->start_ns ? -1 : 1;
	return (left->number > right->number) - (left->number < right->number);
}

/* All processes in the order in which they began.  The caller frees the array. */
static struct process **sort_processes(const struct tables *tables, size_t count)
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

/* For each start, find the process whose compile ended last, and mark what delayed it. */
static void mark_critical(struct process *const *sorted, size_t count, unsigned starts)
{
	struct process **last = xcalloc(starts + 1, sizeof(struct process *)), *process;
	uint64_t until_ns;
	size_t i;

	for (i = 0; i < count; i++) {
		process = sorted[i];
		if (process->compiled_ns &&
		    (!last[process->start] ||
		     process->compiled_ns > last[process->start]->compiled_ns))
			last[process->start] = process;
	}
	for (i = 0; i < starts; i++) {
		until_ns = UINT64_MAX;
		for (process = last[i]; process; process = process->parent) {
			process->critical_until_ns = until_ns;
			if (process->start_ns < until_ns)
				until_ns = process->start_ns;
		}
	}
	free(last);
}

unsigned starts_find(struct tables *tables)
{
	size_t count = HASH_COUNT(tables->processes), i;
	struct process **sorted = sort_processes(tables, count), *process;
	struct pid_owner *owners = NULL, *owner, *next;
	struct pid_key key;
	unsigned starts = 0;

	for (i = 0; i < count; i++) {
		process = sorted[i];
		owner = NULL;
		if (process->known) {
			key = pid_key_of(process, process->parent_pid);
			HASH_FIND(hh, owners, &key, sizeof(key), owner);
		}
		process->parent = owner ? owner->process : NULL;
		process->start = owner ? owner->process->start : starts++;
		if (!process->known)
			continue;
		key = pid_key_of(process, process->pid);
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
	mark_critical(sorted, count, starts);
	free(sorted);
	return starts;
}
