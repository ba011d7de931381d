/* SPDX-License-Identifier: MIT */
/*
 * The probe's cases for functions that make children which share our memory.  The child
 * calls functions of the table, too, and none of them may change what the parent knows.
 */
#ifndef PROBE_CHILDREN_H
#define PROBE_CHILDREN_H

#include <sched.h>

#include "probe_cases.h"

static char child_stack[64 << 10] __attribute__((aligned(16)));

/* What the child does; its exit status. */
static int child_works(void *kept)
{
	call.close(*(int *)kept);
	call.unlink("none.pyc");
	return 7;
}

/* The child has ended: how, and is the parent's file as it was? */
static void say_ended(pid_t pid, int kept)
{
	int ended = 0;

	syscall(SYS_wait4, pid, &ended, __WALL, NULL);
	say_call("", "", WIFEXITED(ended) ? WEXITSTATUS(ended) : -1);
	say_descriptor(kept);
	say_end();
	call.close(kept);
}

/* The files are removed first: a child that makes one would change what others see. */
static int open_kept(void)
{
	tree_reset();
	tree_is_dirty = true;
	return call.open(NEW_PYC, O_WRONLY | O_CREAT, 0644);
}

static void vfork_cases(pid_t (*function)(void))
{
	static int kept; /* no variable on the stack, which the child uses, too */
	pid_t pid;

	kept = open_kept();
	call_begin();
	pid = function();
	if (pid == 0)
		syscall(SYS_exit_group, child_works(&kept));
	say_ended(pid, kept);
}

static void clone_cases(int (*function)(int (*)(void *), void *, int, void *, void *,
					void *, void *))
{
	static int kept;
	pid_t pid;

	kept = open_kept();
	call_begin();
	pid = function(child_works, child_stack + sizeof(child_stack),
		       SIGCHLD | CLONE_VM | CLONE_VFORK, &kept, NULL, NULL, NULL);
	say_ended(pid, kept);
}

#endif
