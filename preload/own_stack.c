/*
 * See own_stack.h.
 */
#include "own_stack.h"

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "sys.h"
#include "valgrind.h"

/*
 * own_stack_switch(function, argument, top): call the function with the stack pointer at
 * `top`.  The frame pointer keeps the host's stack pointer, and the unwind tables say so:
 * a debugger's backtrace goes on into the host.
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
#endif

/* This thread is on one of ours, and what the host had blocked before. */
static __thread bool on_own_stack;
static __thread uint64_t host_blocks;

/* AddressSanitizer, in a build with it, must know of every change of stacks. */
#ifdef __SANITIZE_ADDRESS__
#define HAS_STACK false
#else
#define HAS_STACK true
#endif

/* A stack that nobody uses: a process of one thread never needs another. */
static void *spare;

#define BIT(signal) ((uint64_t)1 << ((signal)-1))

/*
 * All but what the kernel sends for what an instruction does, which would end the process
 * if it were blocked: a sandbox may answer our system calls by SIGSYS.
 */
static const uint64_t blocked = ~(BIT(SIGSEGV) | BIT(SIGBUS) | BIT(SIGILL) | BIT(SIGFPE) |
				  BIT(SIGTRAP) | BIT(SIGSYS));

bool own_stack_blocks(int signal)
{
	return on_own_stack && blocked & ~host_blocks & BIT(signal);
}

static void run_on(void *stack, void (*function)(void *), void *argument)
{
	/* the host's errno and signals stay what they were; the stack grows down */
	on_own_stack = true;
	own_stack_switch(function, argument, (char *)stack + OWN_STACK_BYTES);
	on_own_stack = false;
	sys_unmap_spare(&spare, stack, OWN_STACK_BYTES);
}

void own_stack_run(void (*function)(void *), void *argument)
{
	uint64_t before = 0;
	void *stack;
	long error;

	if (on_own_stack) {
		function(argument);
		return;
	}
	error = SYS4(rt_sigprocmask, SIG_BLOCK, &blocked, &before, sizeof(blocked));
	stack = HAS_STACK ? sys_map_spare(&spare, OWN_STACK_BYTES) : NULL;
	if (stack)
		valgrind_register_stack(stack, OWN_STACK_BYTES);
	host_blocks = error ? ~(uint64_t)0 : before;
	if (stack)
		run_on(stack, function, argument);
	else
		function(argument);
	if (!error)
		SYS4(rt_sigprocmask, SIG_SETMASK, &before, NULL, sizeof(before));
}
