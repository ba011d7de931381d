/*
 * See scratch.h.
 */
#include "scratch.h"

#include <string.h>

#include "sys.h"
#include "thread.h"

#ifdef __SANITIZE_THREAD__
int sys_memory;
#endif

#define BLOCK_BYTES (64u << 10)

/* A block that nobody uses: a process of one thread never needs another. */
static void *spare;

/* A signal handler may take and give at any point: it must not find the block here, too. */
static void release(void)
{
	sys_unmap_spare(&spare,
			__atomic_exchange_n(&thread->scratch, NULL, __ATOMIC_RELAXED),
			BLOCK_BYTES);
}

/* The thread's block, which a signal handler may have got by now. */
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

/* First the room, then the block: what is given back behind it releases no block. */
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
	/* else it was on the stack, or a fork child has forgotten its parent's */
	if (!thread->scratch || given < thread->scratch ||
	    given >= thread->scratch + BLOCK_BYTES)
		return;
	__atomic_store_n(&thread->scratch_used, (size_t)(given - thread->scratch),
			 __ATOMIC_RELAXED);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	if (thread->scratch_used == 0)
		release();
}

void scratch_forget(void)
{
	thread->scratch_used = 0;
	if (thread->scratch)
		release();
}
