/* SPDX-License-Identifier: MIT */
/*
 * See own_stack.h.
 */
#include "host/own_stack.h"

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/auxv.h>
#include <sys/resource.h>

#include "host/sys.h"
#include "host/valgrind.h"

/*
 * Call the function with the stack pointer at `top`.  The frame pointer keeps the host's
 * stack pointer, and the unwind tables say so: a debugger's backtrace continues into the
 * host's frames.
 */
void own_stack_switch(void (*function)(void *argument), void *argument, void *top)
	__attribute__((visibility("hidden")));

#if defined(__x86_64__)
__asm__(".pushsection .text\n"
	".hidden own_stack_switch\n"
	".globl own_stack_switch\n"
	".type own_stack_switch, @function\n"
	"own_stack_switch:\n"
	"	.cfi_startproc\n"
	"	endbr64\n"
	"	pushq %rbp\n"
	"	.cfi_def_cfa_offset 16\n"
	"	.cfi_offset %rbp, -16\n"
	"	movq %rsp, %rbp\n"
	"	.cfi_def_cfa_register %rbp\n"
	"	movq %rdx, %rsp\n"
	"	movq %rdi, %rax\n"
	"	movq %rsi, %rdi\n"
	"	callq *%rax\n"
	"	movq %rbp, %rsp\n"
	"	popq %rbp\n"
	"	.cfi_def_cfa %rsp, 8\n"
	"	ret\n"
	"	.cfi_endproc\n"
	".size own_stack_switch, . - own_stack_switch\n"
	".popsection\n");
#elif defined(__aarch64__)
__asm__(".pushsection .text\n"
	".hidden own_stack_switch\n"
	".globl own_stack_switch\n"
	".type own_stack_switch, %function\n"
	"own_stack_switch:\n"
	"	.cfi_startproc\n"
	"	hint 34\n" /* bti c */
	"	stp x29, x30, [sp, -16]!\n"
	"	.cfi_def_cfa_offset 16\n"
	"	.cfi_offset 29, -16\n"
	"	.cfi_offset 30, -8\n"
	"	mov x29, sp\n"
	"	.cfi_def_cfa_register 29\n"
	"	mov sp, x2\n"
	"	mov x9, x0\n"
	"	mov x0, x1\n"
	"	blr x9\n"
	"	mov sp, x29\n"
	"	.cfi_def_cfa_register 31\n"
	"	ldp x29, x30, [sp], 16\n"
	"	.cfi_restore 30\n"
	"	.cfi_restore 29\n"
	"	.cfi_def_cfa_offset 0\n"
	"	ret\n"
	"	.cfi_endproc\n"
	".size own_stack_switch, . - own_stack_switch\n"
	".popsection\n");
#elif defined(__riscv)
__asm__(".pushsection .text\n"
	".hidden own_stack_switch\n"
	".globl own_stack_switch\n"
	".type own_stack_switch, @function\n"
	"own_stack_switch:\n"
	"	.cfi_startproc\n"
	"	addi sp, sp, -16\n"
	"	.cfi_def_cfa_offset 16\n"
	"	sd ra, 8(sp)\n"
	"	.cfi_offset ra, -8\n"
	"	sd s0, 0(sp)\n"
	"	.cfi_offset s0, -16\n"
	"	addi s0, sp, 16\n"
	"	.cfi_def_cfa s0, 0\n"
	"	mv sp, a2\n"
	"	mv t1, a0\n"
	"	mv a0, a1\n"
	"	jalr t1\n"
	"	addi sp, s0, -16\n"
	"	.cfi_def_cfa sp, 16\n"
	"	ld ra, 8(sp)\n"
	"	.cfi_restore ra\n"
	"	ld s0, 0(sp)\n"
	"	.cfi_restore s0\n"
	"	addi sp, sp, 16\n"
	"	.cfi_def_cfa_offset 0\n"
	"	ret\n"
	"	.cfi_endproc\n"
	".size own_stack_switch, . - own_stack_switch\n"
	".popsection\n");
#endif

/*
 * The own_stack_run() that this thread is in; all zero outside.  If a signal handler
 * jumps out of it, this stays as it is until own_stack_forget().
 */
static __thread struct stretch {
	char *stack;	  /* the lowest byte of our stack; NULL: we use the host's */
	uint64_t blocked; /* the signals that we have blocked, and the host had not */
} current;

/* A build with AddressSanitizer stays on the host's stack, as ASan tracks stacks. */
#ifdef __SANITIZE_ADDRESS__
#define HAS_STACK false
#else
#define HAS_STACK true
#endif

/*
 * The main thread's stack begins here, where the kernel has put the arguments of the
 * program, and grows down to RLIMIT_STACK.  In its first MAIN_STACK_USED bytes nothing
 * has to be switched, if the limit leaves four times as much.
 */
#define MAIN_STACK_USED (1ul << 20)
static uintptr_t main_stack; /* 0: not known, or too small */

void own_stack_limit_changed(void)
{
	struct rlimit most = {0, 0};
	uintptr_t top = 0;

	SYS2(getrlimit, RLIMIT_STACK, &most);
	if (most.rlim_cur >= 4 * MAIN_STACK_USED)
		top = getauxval(AT_RANDOM);
	__atomic_store_n(&main_stack, top, __ATOMIC_RELAXED);
}

/* Has the host's stack at this address as much room as a stack of ours? */
static bool has_room(const void *here)
{
	return __atomic_load_n(&main_stack, __ATOMIC_RELAXED) - (uintptr_t)here <
	       MAIN_STACK_USED;
}

/* An unused stack.  A process with one thread never needs a second one. */
static void *spare;

#define BIT(signal) ((uint64_t)1 << ((signal)-1))

/*
 * All signals but two kinds: those that an instruction or a system call raises, because
 * the kernel ends a process that blocks them (a seccomp filter may send SIGSYS); and
 * those that cannot be blocked.
 */
static const uint64_t to_be_blocked = ~(BIT(SIGSEGV) | BIT(SIGBUS) | BIT(SIGILL) |
					BIT(SIGFPE) | BIT(SIGTRAP) | BIT(SIGSYS) |
					BIT(SIGKILL) | BIT(SIGSTOP));

/* glibc and musl reserve these for themselves: no program can block them through libc. */
#define SIGNALS_OF_LIBC (BIT(32) | BIT(33))

bool own_stack_blocks(int signal)
{
	return current.blocked & BIT(signal);
}

bool own_stack_holds(const void *address)
{
	return current.stack &&
	       (uintptr_t)address - (uintptr_t)current.stack < OWN_STACK_BYTES;
}

/* The spare stack, a new one, or NULL.  Not inlined, as our frame would be larger. */
static __attribute__((noinline)) char *take_stack(void)
{
	char *stack = __atomic_exchange_n(&spare, NULL, __ATOMIC_ACQ_REL);

	if (stack || !HAS_STACK)
		return stack;
	stack = sys_map(OWN_STACK_BYTES, MAP_PRIVATE);
	if (stack)
		valgrind_register_stack(stack, OWN_STACK_BYTES);
	return stack;
}

static void block_signals(void)
{
	uint64_t before = 0;

	if (SYS4(rt_sigprocmask, SIG_BLOCK, &to_be_blocked, &before, sizeof(before)) == 0)
		current.blocked = to_be_blocked & ~before;
}

static void unblock_signals(void)
{
	const uint64_t blocked = current.blocked;

	if (blocked)
		SYS4(rt_sigprocmask, SIG_UNBLOCK, &blocked, NULL, sizeof(blocked));
	current.blocked = 0;
}

void own_stack_run(void (*function)(void *argument), void *argument)
{
	const struct stretch outer = current;
	const void *here = __builtin_frame_address(0);
	char *stack;

	if (own_stack_holds(here) || has_room(here)) {
		function(argument);
		return;
	}
	current.blocked = 0;
	block_signals();
	/* the stack grows down from its end */
	current.stack = stack = take_stack();
	if (stack)
		own_stack_switch(function, argument, stack + OWN_STACK_BYTES);
	else
		function(argument);
	current.stack = outer.stack;
	if (stack)
		sys_unmap_spare(&spare, stack, OWN_STACK_BYTES);
	unblock_signals();
	current.blocked = outer.blocked;
}

/*
 * A handler has jumped out of our call: are the signals that we have blocked still
 * blocked?  They are after longjmp(), but not after siglongjmp(), which restores the
 * host's mask.  The host itself cannot have blocked them all, because those of libc are
 * among them.
 */
static bool signals_are_blocked(uint64_t blocked)
{
	uint64_t now = 0;

	return blocked & SIGNALS_OF_LIBC &&
	       SYS4(rt_sigprocmask, SIG_BLOCK, NULL, &now, sizeof(now)) == 0 &&
	       (now & blocked) == blocked;
}

void own_stack_forget(void)
{
	char *stack = current.stack;

	if (own_stack_holds(__builtin_frame_address(0)))
		return;
	current.stack = NULL;
	if (stack)
		sys_unmap_spare(&spare, stack, OWN_STACK_BYTES);
	if (!signals_are_blocked(current.blocked))
		current.blocked = 0;
	unblock_signals();
}
