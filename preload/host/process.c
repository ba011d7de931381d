/* SPDX-License-Identifier: MIT */
/*
 * Which process this is: the page that a fork child finds empty, and what is filled in
 * there.  See process.h and process_state.h.
 *
 * Runs in any thread, also in a signal handler.  A vfork child comes here, too, and is
 * noticed.
 */
#include "host/process.h"

#include <stddef.h>
#include <string.h>

#include "host/process_state.h"
#include "host/sys.h"
#include "host/thread.h"

struct process *process;

/* If the kernel does not wipe the page in a fork child, we have to compare pids. */
static bool wiped_on_fork;

/*
 * Fill in pid, number and start of this process, whose page is empty.  Several threads of
 * a fork child may do so at the same time: the values of the first one stay.
 */
static void process_identify(struct process *self, int pid)
{
	uint64_t now = sys_time_ns(), none = 0, number, seed[4];

	seed[0] = now;
	seed[1] = (uint64_t)pid << 32 | (uint32_t)sys_getppid();
	seed[2] = (uintptr_t)self ^ (uintptr_t)__builtin_frame_address(0) << 24;
	seed[3] = sys_clock_ns(CLOCK_MONOTONIC);
	number = record_mix(RECORD_MAGIC, seed, sizeof(seed));
	__atomic_compare_exchange_n(&self->start_ns, &none, now, false, __ATOMIC_RELAXED,
				    __ATOMIC_RELAXED);
	none = 0;
	__atomic_compare_exchange_n(&self->number, &none, number, false, __ATOMIC_RELAXED,
				    __ATOMIC_RELAXED);
	__atomic_store_n(&self->pid, pid, __ATOMIC_RELEASE);
}

bool process_create(void)
{
	struct process *made = sys_map(sizeof(*made), MAP_PRIVATE);

	if (!made)
		return false;
	wiped_on_fork = sys_wipe_on_fork(made, sizeof(*made));
	process_identify(made, thread->pid);
	process = made;
	return true;
}

bool process_know_thread(int pid, int tid)
{
	return (thread->pid == pid && thread->tid == tid) || thread_take(pid, tid);
}

/*
 * Where the kernel wipes no page, a fork child finds its parent's.  One thread clears the
 * page and fills it in.  The others do not wait: their calls are passed on until then.
 */
static bool process_begin_anew(int pid)
{
	struct thread_mark mark;

	if (!process_know_thread(pid, sys_gettid()))
		return false;
	thread_enter(&mark);
	if (turn_try(&process_turn)) {
		if (__atomic_load_n(&process->pid, __ATOMIC_RELAXED) != pid) {
			memset(&process->number, 0,
			       sizeof(*process) - offsetof(struct process, number));
			process_identify(process, pid);
		}
		turn_end(&process_turn);
	}
	thread_leave();
	return __atomic_load_n(&process->pid, __ATOMIC_ACQUIRE) == pid;
}

/* The page does not have this pid: a fork child's first call, or a vfork child. */
static COLD bool notice_fork(int pid)
{
	int known = __atomic_load_n(&process->pid, __ATOMIC_ACQUIRE);

	if (!wiped_on_fork)
		return process_begin_anew(pid);
	/* not empty, as in a fork child: the page is shared with another process */
	if (known)
		return known == pid;
	process_identify(process, pid);
	return true;
}

bool process_refresh(void)
{
	int tid = sys_gettid(), pid;

	/* a fork child finds the page empty, and a vfork child has another tid */
	if (likely(thread->tid == tid && wiped_on_fork &&
		   thread->pid == __atomic_load_n(&process->pid, __ATOMIC_ACQUIRE)))
		return true;
	pid = sys_getpid();
	if (unlikely(__atomic_load_n(&process->pid, __ATOMIC_ACQUIRE) != pid) &&
	    !notice_fork(pid))
		return false;
	return process_know_thread(pid, tid);
}

bool process_is_up_to_date(void)
{
	int pid = __atomic_load_n(&process->pid, __ATOMIC_ACQUIRE);

	/* in a fork child, the page has no pid yet */
	return wiped_on_fork && pid && thread->pid == pid && !thread->busy &&
	       !thread->shares;
}

void process_shares_memory(void)
{
	if (thread != &thread_nobody)
		thread->shares = true;
}
