/* SPDX-License-Identifier: MIT */
/*
 * See scratch.h.
 */
#include "host/scratch.h"

#include <string.h>

#include "host/sys.h"
#include "host/thread.h"

#ifdef __SANITIZE_THREAD__
int sys_memory;
#endif

#define BLOCK_BYTES (64u << 10)

/* An unused block.  A process with one thread never needs a second block. */
static void *spare;

/*
 * Give back the thread's block.  Exchanged, because a signal handler may run at any point
 * and must not find a block that is given back already.
 */
static void scratch_release(void)
{
	sys_unmap_spare(&spare,
			__atomic_exchange_n(&thread->scratch, NULL, __ATOMIC_RELAXED),
			BLOCK_BYTES);
}

/* The thread's block, or NULL.  Maps it, unless a signal handler does so meanwhile. */
static char *find_block(void)
{
	char *block = __atomic_load_n(&thread->scratch, __ATOMIC_RELAXED), *none = NULL;

	if (block)
		return block;
	block = sys_map_spare(&spare, BLOCK_BYTES);
	if (!block || __atomic_compare_exchange_n(&thread->scratch, &none, block, false,
						  __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		return block;
	sys_unmap(block, BLOCK_BYTES);
	return none;
}

/*
 * Count the bytes before finding the block: a signal handler that gives back its own
 * bytes then does not release the block.
 */
void *scratch_take(size_t bytes)
{
	size_t at = thread->scratch_used;
	char *block;

	bytes = (bytes + 15) & ~(size_t)15;
	if (at + bytes > BLOCK_BYTES)
		return NULL;
	__atomic_store_n(&thread->scratch_used, at + bytes, __ATOMIC_RELAXED);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	block = find_block();
	if (block)
		return block + at;
	thread->scratch_used = at;
	return NULL;
}

void scratch_give(const void *variable)
{
	char *given;

	memcpy(&given, variable, sizeof(given));
	/* it was on the stack, or a fork child has lost its parent's block */
	if (!thread->scratch || given < thread->scratch ||
	    given >= thread->scratch + BLOCK_BYTES)
		return;
	__atomic_store_n(&thread->scratch_used, (size_t)(given - thread->scratch),
			 __ATOMIC_RELAXED);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	if (thread->scratch_used == 0)
		scratch_release();
}

void scratch_forget(void)
{
	thread->scratch_used = 0;
	if (thread->scratch)
		scratch_release();
}
