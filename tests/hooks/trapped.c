/* SPDX-License-Identifier: MIT */
/*
 * A program with a seccomp filter that answers a system call of the library's with
 * SIGSYS, in the middle of a call on bytecode.  The handler returns, or jumps out of that
 * call:
 *
 *	trapped return|siglongjmp|longjmp
 *
 * This happens on a thread whose stack lies below all other memory.  Afterwards the
 * program prints how much more stack the same call uses than before, how many more pages
 * of memory the process has, and whether a signal is blocked.
 */
#define _GNU_SOURCE 1

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#define STACK_BYTES (256u << 10)
#define STACK_PLACE ((void *)0x10000000)
#define PAINT 0x5a
#define TIMES 50
#define TEMPORARY "m.cpython-311.pyc.4711"

static sigjmp_buf out;
static volatile sig_atomic_t traps, jumps, is_armed;

/* A filter for the library alone: it calls fstat(2), and libc another system call. */
static int refuse_fstat(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_fstat, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {sizeof(filter) / sizeof(filter[0]), filter};

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0;
}

static void on_trap(int signal, siginfo_t *info, void *context)
{
	ucontext_t *interrupted = context;

	(void)signal;
	(void)info;
	traps++;
#ifdef __x86_64__
	interrupted->uc_mcontext.gregs[REG_RAX] = -1;
#else
	interrupted->uc_mcontext.regs[0] = (unsigned long)-1;
#endif
	/* this call passes through, because the thread is already inside one */
	close(open("handled.cpython-311.pyc.1", O_WRONLY | O_CREAT, 0600));
	if (!is_armed || !jumps)
		return;
	is_armed = 0;
	siglongjmp(out, 1);
}

/* The library asks, after the write, whether the descriptor is still the pyc's. */
static void make_pyc(void)
{
	int fd = open(TEMPORARY, O_WRONLY | O_CREAT, 0600);

	(void)!write(fd, "", 1);
	close(fd);
}

/* The size of the process's memory in pages. */
static unsigned count_pages(void)
{
	char bytes[64] = "";
	int fd = open("/proc/self/statm", O_RDONLY);

	(void)!read(fd, bytes, sizeof(bytes) - 1);
	close(fd);
	return (unsigned)atoi(bytes);
}

static ucontext_t here, there;

/* How many bytes of stack the call uses. */
static size_t depth_of_call(void)
{
	static unsigned char stack[STACK_BYTES];
	size_t untouched = 0;

	memset(stack, PAINT, sizeof(stack));
	getcontext(&there);
	there.uc_stack.ss_sp = stack;
	there.uc_stack.ss_size = sizeof(stack);
	there.uc_link = &here;
	makecontext(&there, make_pyc, 0);
	swapcontext(&here, &there);
	while (stack[untouched] == PAINT)
		untouched++;
	return sizeof(stack) - untouched;
}

static void *work(void *keeps_mask)
{
	volatile int turn;
	unsigned pages = 0;
	size_t depth;
	sigset_t now;

	depth_of_call();
	depth = depth_of_call();
	for (turn = 0; turn < TIMES; turn++) {
		if (sigsetjmp(out, keeps_mask != NULL))
			continue;
		is_armed = 1;
		make_pyc();
		is_armed = 0;
	}
	make_pyc();
	pages = count_pages();
	for (turn = 0; turn < TIMES; turn++) {
		if (sigsetjmp(out, keeps_mask != NULL))
			continue;
		is_armed = 1;
		make_pyc();
		is_armed = 0;
	}
	make_pyc();
	sigprocmask(SIG_BLOCK, NULL, &now);
	printf("stack %d, pages %d, blocked %d, trapped %d\n",
	       (int)(depth_of_call() - depth), (int)(count_pages() - pages),
	       sigismember(&now, SIGUSR1), traps > 2 * TIMES);
	return NULL;
}

int main(int count, char **arguments)
{
	const struct sigaction action = {.sa_sigaction = on_trap,
					 .sa_flags = SA_SIGINFO | SA_NODEFER};
	void *stack = mmap(STACK_PLACE, STACK_BYTES, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	bool keeps_mask = count == 2 && strcmp(arguments[1], "longjmp") != 0;
	pthread_attr_t attributes;
	pthread_t thread;

	if (count != 2 || stack != STACK_PLACE)
		return 64;
	jumps = strcmp(arguments[1], "return") != 0;
	sigaction(SIGSYS, &action, NULL);
	make_pyc(); /* now the library is active and has its descriptors */
	if (refuse_fstat())
		return 77;
	pthread_attr_init(&attributes);
	pthread_attr_setstack(&attributes, stack, STACK_BYTES);
	if (pthread_create(&thread, &attributes, work, keeps_mask ? stack : NULL) != 0)
		return 1;
	pthread_join(thread, NULL);
	return 0;
}
