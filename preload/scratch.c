/*
 * See scratch.h.
 */
#include "scratch.h"

#include <string.h>

#include "sys.h"
#include "thread.h"

#define BLOCK_BYTES (64u << 10)

/* A block that nobody uses: a process of one thread never needs another. */
static char *spare;

static void release(void)
{
	char *block = thread.scratch;

	thread.scratch = NULL;
	block = __atomic_exchange_n(&spare, block, __ATOMIC_ACQ_REL);
	if (block)
		SYS2(munmap, block, BLOCK_BYTES);
}

void *scratch_take(size_t bytes)
{
	size_t at = thread.scratch_used;

	bytes = (bytes + 15) & ~(size_t)15;
	if (at + bytes > BLOCK_BYTES)
		return NULL;
	if (!thread.scratch) {
		thread.scratch = __atomic_exchange_n(&spare, NULL, __ATOMIC_ACQ_REL);
		if (!thread.scratch)
			thread.scratch = sys_map(BLOCK_BYTES, MAP_PRIVATE);
		if (!thread.scratch)
			return NULL;
	}
	thread.scratch_used = at + bytes;
	return thread.scratch + at;
}

void scratch_give(const void *variable)
{
	char *given;

	memcpy(&given, variable, sizeof(given));
	/* else it was on the stack, or a fork child has forgotten its parent's */
	if (!thread.scratch || given < thread.scratch ||
	    given >= thread.scratch + BLOCK_BYTES)
		return;
	thread.scratch_used = (size_t)(given - thread.scratch);
	if (thread.scratch_used == 0)
		release();
}

void scratch_forget(void)
{
	thread.scratch_used = 0;
	if (thread.scratch)
		release();
}
